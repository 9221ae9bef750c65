//! The lines of the table about kinds of payment methods, and what does not fit them.

use farthing_domain::method_type::{MethodType, Need, Unfit};

use super::table::Row;

/// Why a payment cannot be made, or taken back, with a kind of method.
pub(super) fn row(kind: MethodType, why: Unfit) -> Row {
    let wire = kind.wire;
    match why {
        Unfit::Unlisted => Row::bad(format!(
            "The PaymentMethod provided ({wire}) is not allowed for this PaymentIntent. Provide one of its payment_method_types, or add \"{wire}\" to them."
        ))
        .code("payment_intent_incompatible_payment_method")
        .param("payment_method"),
        Unfit::Currency(currency) => Row::bad(format!(
            "The currency provided ({}) is invalid: payments with {wire} support the following currencies: {}.",
            currency.code(),
            kind.currencies.join(", ")
        ))
        .code("payment_method_currency_mismatch")
        .param("currency"),
        Unfit::CaptureLater => Row::bad(format!(
            "The payment method type \"{wire}\" cannot be used with capture_method=manual: its funds are taken at once."
        ))
        .code("payment_intent_invalid_parameter")
        .param("capture_method"),
        Unfit::Redirects => Row::bad(format!(
            "This PaymentIntent takes no payment methods that redirect, and {wire} does. Set automatic_payment_methods[allow_redirects] to always to take them."
        ))
        .code("payment_intent_incompatible_payment_method")
        .param("payment_method"),
        Unfit::Lacks(need) => lacks(kind, need),
        Unfit::Acts => Row::bad(format!(
            "The payment method type \"{wire}\" needs its payer to act, and error_on_requires_action was set. Leave that out and follow next_action, or use another type of payment method."
        ))
        .code("payment_intent_action_required")
        .param("payment_method"),
        Unfit::Reuse => Row::bad(format!(
            "A PaymentMethod of type {wire} cannot be attached to a Customer: it is good for one payment."
        ))
        .code("payment_method_unsupported_type")
        .param("payment_method"),
        Unfit::Refund => Row::bad(format!("Payments with {wire} cannot be refunded. Send the funds back in another way."))
            .code("charge_not_refundable"),
        Unfit::RefundLate => Row::bad(format!(
            "This payment can no longer be refunded: payments with {wire} can be for {} days.",
            kind.refund_days.unwrap_or_default()
        ))
        .code("charge_not_refundable"),
        Unfit::Outstanding => Row::bad(
            "The payer of this PaymentIntent has a voucher that can still be paid. Cancel the PaymentIntent and make another one, or wait until the voucher is paid or expires.",
        )
        .code("payment_intent_unexpected_state"),
    }
}

/// What is missing, by the name of its parameter.
fn lacks(kind: MethodType, need: Need) -> Row {
    let param = match need {
        Need::Name => "billing_details[name]",
        Need::Email => "billing_details[email]",
        Need::Country => "billing_details[address][country]",
        Need::Line1 => "billing_details[address][line1]",
        Need::City => "billing_details[address][city]",
        Need::State => "billing_details[address][state]",
        Need::PostalCode => "billing_details[address][postal_code]",
        Need::ReturnUrl => {
            return Row::bad(format!(
                "You must provide a return_url when confirming with {}: the customer leaves your page to approve the payment and comes back there.",
                kind.wire
            ))
            .code("parameter_missing")
            .param("return_url");
        }
        Need::Mandate => {
            return Row::bad(
                "This PaymentIntent requires a mandate, but no existing mandate was found. Collect mandate acceptance from the customer and try again, providing acceptance data in the mandate_data parameter.",
            )
            .code("payment_intent_mandate_invalid")
            .param("mandate_data");
        }
    };
    Row::bad(format!("Missing required param: {param}.")).code("parameter_missing").param(param)
}
