//! What the shards of a source show, put together. Each answers in JSON of its own (`shelf::read`),
//! which goes on as it came: only what it is ordered and summed by is looked at.

use farthing_core::print::Digits;

use crate::json::Json;

/// Rows of one shard, in its order, and whether there are more.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) rows: Vec<Json>,
    pub(crate) has_more: bool,
}

impl Page {
    pub(crate) fn from_json(json: Json) -> Option<Self> {
        let has_more = json.field("has_more")?.flag()?;
        let Json::Map(fields) = json else { return None };
        let (_, rows) = fields.into_iter().find(|(name, _)| name == "rows")?;
        Some(Self { rows: rows.into_items(), has_more })
    }
}

/// Merges the rows of several shards by a number, the smallest first, each shard's own order kept.
/// Each comes with the place of its shard.
pub(crate) fn merged(
    shards: Vec<Vec<Json>>,
    number: impl Fn(&Json) -> i64,
) -> impl Iterator<Item = (usize, Json)> {
    let mut queues: Vec<_> = shards.into_iter().map(Vec::into_iter).collect();
    std::iter::from_fn(move || {
        let heads = queues.iter().enumerate();
        let heads = heads.filter_map(|(at, queue)| Some((number(queue.as_slice().first()?), at)));
        let (_, at) = heads.min()?;
        Some((at, queues.get_mut(at)?.next()?))
    })
}

/// The counts of two shards together, by name: all of them are sums, but of two ages the older counts.
pub(crate) fn sum(mine: Json, theirs: Json) -> Json {
    match (mine, theirs) {
        (Json::Map(mut mine), Json::Map(theirs)) => {
            for (name, count) in theirs {
                match mine.iter_mut().find(|(other, _)| *other == name) {
                    None => mine.push((name, count)),
                    Some((_, known)) => {
                        let before = std::mem::replace(known, Json::Null);
                        *known = match name.as_str() {
                            "lag_ms" => [before, count].into_iter().max_by_key(Json::whole),
                            _ => Some(sum(before, count)),
                        }
                        .unwrap_or(Json::Null);
                    }
                }
            }
            Json::Map(mine)
        }
        (mine, theirs) => {
            let sum = mine.whole().unwrap_or(0).saturating_add(theirs.whole().unwrap_or(0));
            Json::Number(Digits::signed(sum).as_str().to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::shown;

    fn json(text: &str) -> Json {
        Json::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn counts_of_two_shards() {
        let mine = json(r#"{"accepted":3,"lag_ms":20,"gaps":{"open":1},"rejected":{"a":1,"b":2}}"#);
        let theirs =
            json(r#"{"accepted":4,"lag_ms":7,"gaps":{"open":0},"rejected":{"b":5,"c":1}}"#);
        assert_eq!(
            shown(&sum(mine, theirs)),
            r#"{"accepted":7,"lag_ms":20,"gaps":{"open":1},"rejected":{"a":1,"b":7,"c":1}}"#
        );
    }

    #[test]
    fn rows_merge_and_keep_each_shards_order() {
        let shards = ["[1,3]", "[]", "[2,1,4]"];
        let shards = shards.iter().map(|rows| json(rows).items().unwrap().to_vec()).collect();
        let merged = merged(shards, |row| row.whole().unwrap());
        let merged: Vec<_> = merged.map(|(at, row)| (at, row.whole().unwrap())).collect();
        assert_eq!(merged, [(0, 1), (2, 2), (2, 1), (0, 3), (2, 4)]);
    }
}
