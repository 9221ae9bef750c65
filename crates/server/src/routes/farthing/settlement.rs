//! `POST /v1/farthing/merchants/{number}/settlement`
//!
//! ```text
//! curl 127.0.0.1:4242/v1/farthing/merchants/1/settlement -u op_farthing_…: \
//!   -d currency=eur -d "rates[]=usd=9175/10000" -d "rates[]=jpy=61/10000"
//! ```

use farthing_core::currency::Currency;
use farthing_domain::command::{Ask, Patch, SetSettlement};
use farthing_domain::ledger::conversion::Ratio;
use farthing_domain::tenant::{Mode, Settlement, TenantId};
use farthing_domain::view::Key;

use crate::error::{ApiError, Problem};
use crate::params::Params;
use crate::request::{OperatorRequest, Outcome};
use crate::wire::json::{Object, object};

/// Changes in which currency a merchant's charges settle, and what one of another currency is; both
/// for one mode, from the next charge on. Shows both; without parameters it changes nothing.
///
/// # Errors
/// A merchant that is not there; rates that are none; wrong types.
pub async fn handle(OperatorRequest(request): OperatorRequest) -> Result<Outcome, ApiError> {
    let params = request.params(&["currency", "livemode", "rates"])?;
    let mode = if params.boolean("livemode")?.unwrap_or(false) { Mode::Live } else { Mode::Test };
    let number: i64 = request.id.parse().unwrap_or(0);
    let tenant = TenantId::of(number, mode);
    let currency = match params.scalar("currency")? {
        Some("") => Patch::Unset,
        _ => params.currency("currency")?.map_or(Patch::Keep, Patch::Set),
    };
    let ask = SetSettlement { tenant, currency, quotes: quotes(&params)? };
    if let Some(refused) = request.run(Ask::SetSettlement(Box::new(ask))).await? {
        return Ok(refused);
    }
    let view = request.app.store.fetch(vec![Key::Tenant(tenant)]).await?;
    let row = view.tenant(tenant).ok_or(Problem::Bug)?;
    let body = object(|out| {
        out.plain("object", "farthing.settlement");
        out.int("merchant", number);
        out.bool("livemode", mode == Mode::Live);
        fields(out, &row.settlement);
    });
    Ok(request.outcome(200, body))
}

fn fields(out: &mut Object<'_>, settlement: &Settlement) {
    out.maybe_plain("currency", settlement.currency.map(Currency::code));
    let rates = settlement.quotes.iter().map(|(currency, ratio)| {
        format!("{}={}/{}", currency.code(), ratio.numerator(), ratio.denominator())
    });
    let rates: Vec<String> = rates.collect();
    out.texts("rates", rates.iter().map(String::as_str));
}

/// `usd=9175/10000` sets one, `usd=` removes it.
fn quotes(params: &Params<'_>) -> Result<Vec<(Currency, Option<Ratio>)>, ApiError> {
    let texts = params.texts("rates")?.unwrap_or_default();
    let quotes = texts.into_iter().enumerate().map(|(place, text)| {
        let unsupported = || Problem::UnsupportedValue { name: format!("rates[{place}]") };
        quote(text).ok_or_else(|| unsupported().into())
    });
    quotes.collect()
}

fn quote(text: &str) -> Option<(Currency, Option<Ratio>)> {
    let (code, ratio) = text.split_once('=')?;
    let currency = Currency::parse(code).ok()?;
    if ratio.is_empty() {
        return Some((currency, None));
    }
    let (numerator, denominator) = ratio.split_once('/')?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(numerator) || !digits(denominator) {
        return None;
    }
    let ratio = Ratio::new(numerator.parse().ok()?, denominator.parse().ok()?)?;
    Some((currency, Some(ratio)))
}
