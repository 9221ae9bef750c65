//! Which handler a method and a path mean. Pure.

use crate::problem::Problem;

/// A request this Worker serves.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Route<'a> {
    /// `POST /in/:source`: a webhook arrives.
    Receive { source: &'a str },
    /// `POST /diagnose/:source`: why would this webhook be refused?
    Diagnose { source: &'a str },
    /// `GET /`: the page for people.
    Page,
    /// `GET /status`: counts.
    Status,
    /// `GET /inbox/:source` and `GET /inbox/:source/LISTING`: events, in order.
    Inbox { source: &'a str, listing: Listing },
    /// `GET /inbox/:source/gaps`: what is missing.
    Gaps { source: &'a str },
    /// `GET /inbox/:source/events/:id`: one event.
    Event { source: &'a str, id: &'a str },
    /// `POST /inbox/:source/retry`, and `.../events/:id/retry` for one: what is parked is tried again.
    Retry { source: &'a str, id: Option<&'a str> },
    /// `POST /checkout/intents`: a static page asks for an intent.
    Checkout,
    /// `POST /checkout/intents/:id`: its cart changed.
    Reprice { id: &'a str },
    /// `OPTIONS` of either: a browser asks first.
    Preflight,
    /// `GET /healthz`: the settings are readable.
    Health,
}

/// Which events of an inbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Listing {
    /// Those that were handed on, in that order: what a reader by pull reads.
    Handed,
    /// All of them, in the order of their arrival.
    Arrived,
    /// Those on their way.
    Waiting,
    /// Those that were given up on.
    Parked,
}

/// Finds the route.
///
/// # Errors
/// [`Problem::NoRoute`], or [`Problem::Method`] with the methods the path does answer.
pub(crate) fn route<'a>(method: &str, path: &'a str) -> Result<Route<'a>, Box<Problem>> {
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    match (method, parts.as_slice()) {
        ("POST", ["in", source]) => Ok(Route::Receive { source }),
        ("POST", ["diagnose", source]) => Ok(Route::Diagnose { source }),
        ("GET", [""]) => Ok(Route::Page),
        ("GET", ["status"]) => Ok(Route::Status),
        ("GET", ["healthz"]) => Ok(Route::Health),
        ("GET", ["inbox", source]) => Ok(Route::Inbox { source, listing: Listing::Handed }),
        ("GET", ["inbox", source, "gaps"]) => Ok(Route::Gaps { source }),
        ("GET", ["inbox", source, "events", id]) => Ok(Route::Event { source, id }),
        ("POST", ["inbox", source, "retry"]) => Ok(Route::Retry { source, id: None }),
        ("POST", ["inbox", source, "events", id, "retry"]) => {
            Ok(Route::Retry { source, id: Some(id) })
        }
        ("GET", ["inbox", source, name]) if listing(name).is_some() => {
            Ok(Route::Inbox { source, listing: listing(name).unwrap_or(Listing::Handed) })
        }
        (_, ["inbox", _, "retry"] | ["inbox", _, "events", _, "retry"]) => {
            Err(Problem::Method { allow: "POST" }.into())
        }
        (_, ["" | "status" | "healthz"] | ["inbox", _] | ["inbox", _, "events", _]) => {
            Err(Problem::Method { allow: "GET" }.into())
        }
        (_, ["inbox", _, name]) if *name == "gaps" || listing(name).is_some() => {
            Err(Problem::Method { allow: "GET" }.into())
        }
        (_, ["in" | "diagnose", _]) => Err(Problem::Method { allow: "POST" }.into()),
        ("POST", ["checkout", "intents"]) => Ok(Route::Checkout),
        ("POST", ["checkout", "intents", id]) => Ok(Route::Reprice { id }),
        ("OPTIONS", ["checkout", "intents"] | ["checkout", "intents", _]) => Ok(Route::Preflight),
        (_, ["checkout", "intents"] | ["checkout", "intents", _]) => {
            Err(Problem::Method { allow: "POST, OPTIONS" }.into())
        }
        _ => Err(Problem::NoRoute.into()),
    }
}

fn listing(name: &str) -> Option<Listing> {
    match name {
        "arrived" => Some(Listing::Arrived),
        "waiting" => Some(Listing::Waiting),
        "parked" => Some(Listing::Parked),
        _ => None,
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
            ("GET", "/inbox/shop", "Ok(Inbox { source: \"shop\", listing: Handed })"),
            ("GET", "/inbox/shop/parked", "Ok(Inbox { source: \"shop\", listing: Parked })"),
            ("GET", "/inbox/shop/lost", "404"),
            ("POST", "/inbox/shop/parked", "405"),
            ("GET", "/inbox/shop/gaps", "Ok(Gaps { source: \"shop\" })"),
            ("GET", "/inbox/shop/events/evt_1", "Ok(Event { source: \"shop\", id: \"evt_1\" })"),
            ("POST", "/inbox/shop/events/evt_1", "405"),
            ("POST", "/inbox/shop/retry", "Ok(Retry { source: \"shop\", id: None })"),
            (
                "POST",
                "/inbox/shop/events/evt_1/retry",
                "Ok(Retry { source: \"shop\", id: Some(\"evt_1\") })",
            ),
            ("GET", "/inbox/shop/events/evt_1/retry", "405"),
            ("POST", "/diagnose/shop", "Ok(Diagnose { source: \"shop\" })"),
            ("GET", "/diagnose/shop", "405"),
            ("GET", "/inbox/shop/retry", "405"),
            ("POST", "/checkout/intents", "Ok(Checkout)"),
            ("OPTIONS", "/checkout/intents", "Ok(Preflight)"),
            ("GET", "/checkout/intents", "405"),
            ("POST", "/checkout/intents/pi_1", "Ok(Reprice { id: \"pi_1\" })"),
            ("OPTIONS", "/checkout/intents/pi_1", "Ok(Preflight)"),
            ("GET", "/checkout/intents/pi_1", "405"),
            ("POST", "/checkout/intents/pi_1/x", "404"),
            ("GET", "/", "Ok(Page)"),
            ("POST", "/", "405"),
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
