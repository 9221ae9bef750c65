//! The challenge's pages: the question, its end, and nothing at all.
//!
//! No style and no script is in the pages themselves, and no word of the caller's gets into them
//! unescaped. The form is sent to the page's address without its query: what the holder clicks is all
//! that the server hears. The policy says nothing of `form-action`: browsers apply that to where the answer is
//! redirected too, which is the shop's own affair.

use std::fmt::Write as _;

use axum::response::{Html, IntoResponse, Response};
use farthing_domain::method::PaymentMethod;
use farthing_domain::method_type::MethodType;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY};
use http::{HeaderValue, StatusCode};

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; base-uri 'none'";

/// What is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum About {
    Payment,
    /// A card that is to be charged later.
    SetUp,
}

/// How a payment or a set-up stands after an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Succeeded,
    Failed,
    /// Nobody has answered yet.
    Open,
    /// The network has not said yet.
    Processing,
}

/// What the holder is asked.
pub(super) struct Question<'q> {
    pub(super) merchant: &'q str,
    pub(super) about: About,
    /// Nothing where nothing is charged.
    pub(super) amount: Option<&'q str>,
    pub(super) card: Option<&'q PaymentMethod>,
    pub(super) client_secret: &'q str,
    /// Which of the intent's confirmations it is about.
    pub(super) confirmation: u32,
    /// The holder has answered an older question, whose answer does not count.
    pub(super) again: bool,
    /// The number to pay with, where nothing is asked.
    pub(super) voucher: Option<&'q str>,
    /// The embedding page's origin.
    pub(super) parent: Option<&'q str>,
}

impl Outcome {
    /// The wire's word, as it stands in the address of the shop's page.
    pub(super) fn redirect_status(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Open | Self::Processing => "pending",
        }
    }

    fn words(self, about: About) -> (&'static str, &'static str) {
        match self {
            Self::Succeeded if about == About::SetUp => {
                ("Card approved", "The shop may charge it from now on, as you agreed with it.")
            }
            Self::Failed if about == About::SetUp => {
                ("Card not approved", "The shop cannot charge it. It can ask for another card.")
            }
            Self::Succeeded => ("Payment approved", "Your bank has told the shop."),
            Self::Failed => {
                ("Payment not approved", "Nothing was charged. The shop can ask for another card.")
            }
            Self::Open => ("No answer yet", "Nothing was charged. The shop can ask you again."),
            Self::Processing => {
                ("On its way", "Your bank has your answer; the shop will hear what came of it.")
            }
        }
    }
}

/// The question.
pub(super) fn ask(question: &Question<'_>, ancestors: &str) -> Response {
    let mut facts = String::new();
    let mut fact = |name: &str, value: &str| {
        write!(facts, "<dt>{name}</dt><dd>{}</dd>", escaped(value))
            .expect("writing to a String cannot fail");
    };
    fact("Shop", question.merchant);
    match question.amount {
        Some(amount) => fact("Amount", amount),
        None => fact("For", "later payments; nothing is charged now"),
    }
    if let Some(method) = question.card {
        let (name, value) = shown(method);
        fact(name, &value);
    }
    if let Some(voucher) = question.voucher {
        let body = format!(
            "<h1>Your voucher</h1>\
             <p class=\"quiet\">Pay with this number before the time is up. The shop hears of it by itself.</p>\
             <dl>{facts}<dt>Number</dt><dd>{}</dd></dl>",
            escaped(voucher)
        );
        return page(StatusCode::OK, ("Your voucher", &body), ancestors);
    }
    let secret = escaped(question.client_secret);
    let parent = escaped(question.parent.unwrap_or_default());
    let confirmation = question.confirmation;
    let (title, yes, changed) = match question.about {
        About::Payment => (
            "Is this your payment?",
            "Approve the payment",
            "The payment has changed since you were asked. This is what it is now.",
        ),
        About::SetUp => (
            "May the shop keep this card?",
            "Approve the card",
            "The card is another one than when you were asked. This is what it is now.",
        ),
    };
    let why = if question.again { changed } else { "The shop waits for your word." };
    let body = format!(
        "<h1>{title}</h1>\
         <p class=\"quiet\">{why}</p>\
         <dl>{facts}</dl>\
         <form method=\"post\" action=\"?\" class=\"answers\">\
         <input type=\"hidden\" name=\"client_secret\" value=\"{secret}\">\
         <input type=\"hidden\" name=\"confirmation\" value=\"{confirmation}\">\
         <input type=\"hidden\" name=\"parent\" value=\"{parent}\">\
         <button class=\"yes\" name=\"answer\" value=\"pass\">{yes}</button>\
         <button name=\"answer\" value=\"fail\">No, this is not mine</button>\
         <div class=\"aside\">\
         <button class=\"other\" name=\"answer\" value=\"abandon\">Leave without an answer</button>\
         <button class=\"other\" name=\"answer\" value=\"timeout\">Let the time run out</button>\
         </div></form>"
    );
    page(StatusCode::OK, (title, &body), ancestors)
}

/// The end, as the server knows it. The embedding page, if there is one, is told that there is news.
pub(super) fn over(
    (about, outcome): (About, Outcome),
    parent: Option<&str>,
    ancestors: &str,
) -> Response {
    let (title, sentence) = outcome.words(about);
    let parent =
        parent.map(|parent| format!(" data-parent=\"{}\"", escaped(parent))).unwrap_or_default();
    let body = format!(
        "<h1{parent}>{title}</h1><p class=\"quiet\">{sentence} You can close this page.</p>"
    );
    page(StatusCode::OK, (title, &body), ancestors)
}

/// What a stranger sees.
pub(super) fn nothing() -> Response {
    let body =
        "<h1>Nothing here</h1><p class=\"quiet\">This address is not, or no longer, valid.</p>";
    page(StatusCode::NOT_FOUND, ("Nothing here", body), "'none'")
}

/// The files are named relative to the page, so that a server behind a path of a proxy stays there.
fn page(status: StatusCode, (title, body): (&str, &str), ancestors: &str) -> Response {
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\">\
         <meta name=\"robots\" content=\"noindex\">\
         <title>{title}</title>\
         <link rel=\"stylesheet\" href=\"../../challenge.css\">\
         <script type=\"module\" src=\"../../challenge.js\"></script></head>\
         <body><main><div class=\"bank\"><span>Your bank</span>\
         <span class=\"simulated\">Simulated bank</span></div>\
         {body}</main></body></html>"
    );
    let mut response = (status, Html(html)).into_response();
    let headers = response.headers_mut();
    let policy = HeaderValue::from_str(&format!("{POLICY}; frame-ancestors {ancestors}"));
    let closed = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
    headers.insert(CONTENT_SECURITY_POLICY, policy.unwrap_or(closed));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

/// What the payer sees of their method.
fn shown(method: &PaymentMethod) -> (&'static str, String) {
    if method.kind == MethodType::CARD {
        ("Card", format!("{} ending in {}", brand(method), method.card.last4))
    } else {
        ("Method", method.kind.name.to_owned())
    }
}

fn brand(method: &PaymentMethod) -> String {
    let wire = method.card.brand.wire();
    let name = match wire {
        "amex" => "American Express",
        "diners" => "Diners Club",
        "jcb" => "JCB",
        "unionpay" => "UnionPay",
        "unknown" => "Card",
        _ => {
            let mut letters = wire.chars();
            let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
            return first + letters.as_str();
        }
    };
    name.to_owned()
}

/// A text that means itself in HTML, between tags and in a quoted attribute.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn a_merchants_name_is_a_name() {
        let hostile = "\"><script>alert('&')</script>";
        let shown = escaped(hostile);
        assert_eq!(shown, "&quot;&gt;&lt;script&gt;alert(&#39;&amp;&#39;)&lt;/script&gt;");
        assert_eq!(escaped("Söhne & Co"), "Söhne &amp; Co");
    }
}
