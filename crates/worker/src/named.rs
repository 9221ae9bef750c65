//! A few values by name, in the order of the names. Pure.
//!
//! There are never many here (sources, items of a price list, lines of a cart), and a tree of the
//! standard library is compiled anew, some kilobytes of it, for every type it holds.

/// Values by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named<T>(Vec<(String, T)>);

impl<T> Default for Named<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Named<T> {
    pub(crate) const fn new() -> Self {
        Self(Vec::new())
    }

    pub(crate) fn get(&self, name: &str) -> Option<&T> {
        let at = self.place(name).ok()?;
        self.0.get(at).map(|(_, value)| value)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn contains_key(&self, name: &str) -> bool {
        self.place(name).is_ok()
    }

    /// The value of a name, which is put there first if it is absent.
    pub(crate) fn entry(&mut self, name: String, absent: T) -> &mut T {
        let at = match self.place(&name) {
            Ok(at) => at,
            Err(at) => {
                self.0.insert(at, (name, absent));
                at
            }
        };
        &mut self.0[at].1
    }

    /// Puts a value there, whatever was there before.
    pub(crate) fn insert(&mut self, name: String, value: T) {
        match self.place(&name) {
            Ok(at) => self.0[at].1 = value,
            Err(at) => self.0.insert(at, (name, value)),
        }
    }

    /// Names and values, by name.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &T)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    /// The values, in the order of their names.
    #[cfg(test)]
    pub(crate) fn into_values(self) -> Vec<T> {
        self.0.into_iter().map(|(_, value)| value).collect()
    }

    fn place(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(other, _)| other.as_str().cmp(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_name() {
        let mut named = Named::new();
        for (name, value) in [("b", 1), ("a", 2), ("c", 3), ("b", 4)] {
            named.insert(name.to_owned(), value);
        }
        *named.entry("a".to_owned(), 0) += 10;
        *named.entry("aa".to_owned(), 7) += 1;
        let all: Vec<_> = named.iter().collect();
        assert_eq!(all, [("a", &12), ("aa", &8), ("b", &4), ("c", &3)]);
        assert_eq!((named.get("b"), named.get("x")), (Some(&4), None));
        assert!(named.contains_key("c") && !named.contains_key(""));
    }
}
