//! Which handler a method and a path mean. Pure.

use crate::problem::Problem;

/// A request this Worker serves.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Route<'a> {
    /// `POST /in/:source`: a webhook arrives.
    Receive { source: &'a str },
    /// `GET /status`: counts.
    Status,
    /// `GET /inbox/:source`: what was accepted, in order.
    Inbox { source: &'a str },
    /// `POST /inbox/:source/retry`: parked items wait for another try.
    Unpark { source: &'a str },
    /// `POST /checkout/intents`: a static page asks for an intent.
    Checkout,
    /// `POST /checkout/intents/:id`: its cart changed.
    Reprice { id: &'a str },
    /// `OPTIONS` of either: a browser asks first.
    Preflight,
    /// `GET /healthz`: the settings are readable.
    Health,
}

/// Finds the route.
///
/// # Errors
/// [`Problem::NoRoute`], or [`Problem::Method`] with the methods the path does answer.
pub(crate) fn route<'a>(method: &str, path: &'a str) -> Result<Route<'a>, Problem> {
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    match (method, parts.as_slice()) {
        ("POST", ["in", source]) => Ok(Route::Receive { source }),
        ("GET", ["status"]) => Ok(Route::Status),
        ("GET", ["healthz"]) => Ok(Route::Health),
        ("GET", ["inbox", source]) => Ok(Route::Inbox { source }),
        (_, ["status" | "healthz"] | ["inbox", _]) => Err(Problem::Method { allow: "GET" }),
        ("POST", ["inbox", source, "retry"]) => Ok(Route::Unpark { source }),
        (_, ["in", _] | ["inbox", _, "retry"]) => Err(Problem::Method { allow: "POST" }),
        ("POST", ["checkout", "intents"]) => Ok(Route::Checkout),
        ("POST", ["checkout", "intents", id]) => Ok(Route::Reprice { id }),
        ("OPTIONS", ["checkout", "intents"] | ["checkout", "intents", _]) => Ok(Route::Preflight),
        (_, ["checkout", "intents"] | ["checkout", "intents", _]) => {
            Err(Problem::Method { allow: "POST, OPTIONS" })
        }
        _ => Err(Problem::NoRoute),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_methods() {
        let table = [
            ("POST", "/in/shop", "Ok(Receive { source: \"shop\" })"),
            ("GET", "/in/shop", "405"),
            ("POST", "/in/", "Ok(Receive { source: \"\" })"), // No source has an empty name.
            ("POST", "/in/shop/", "404"),
            ("POST", "/in/shop/x", "404"),
            ("GET", "/status", "Ok(Status)"),
            ("POST", "/status", "405"),
            ("GET", "/inbox/shop", "Ok(Inbox { source: \"shop\" })"),
            ("POST", "/inbox/shop/retry", "Ok(Unpark { source: \"shop\" })"),
            ("GET", "/inbox/shop/retry", "405"),
            ("POST", "/checkout/intents", "Ok(Checkout)"),
            ("OPTIONS", "/checkout/intents", "Ok(Preflight)"),
            ("GET", "/checkout/intents", "405"),
            ("POST", "/checkout/intents/pi_1", "Ok(Reprice { id: \"pi_1\" })"),
            ("OPTIONS", "/checkout/intents/pi_1", "Ok(Preflight)"),
            ("GET", "/checkout/intents/pi_1", "405"),
            ("POST", "/checkout/intents/pi_1/x", "404"),
            ("GET", "/", "404"),
            ("GET", "", "404"),
            ("GET", "/healthz", "Ok(Health)"),
        ];
        for (method, path, expected) in table {
            let got = match route(method, path) {
                Ok(route) => format!("Ok({route:?})"),
                Err(problem) => problem.status().to_string(),
            };
            assert_eq!(got, expected, "{method} {path}");
        }
    }
}
