//! The fields of every object, in the order in which they were recorded.

use serde_json::Value;

use crate::support::Server;

fn fields(object: &Value) -> String {
    object.as_object().unwrap().keys().map(String::as_str).collect::<Vec<_>>().join(" ")
}

#[test]
fn objects_have_their_fields_in_order() {
    let server = Server::memory();
    let paid = server.paid(1000);
    assert_eq!(
        fields(&paid),
        "id object allowed_payment_method_types amount amount_capturable amount_details amount_received application application_fee_amount automatic_payment_methods canceled_at cancellation_reason capture_method client_secret confirmation_method created currency customer customer_account description excluded_payment_method_types last_payment_error latest_charge livemode managed_payments metadata next_action on_behalf_of payment_method payment_method_configuration_details payment_method_options payment_method_types payment_record processing receipt_email review setup_future_usage shared_payment_granted_token shipping source statement_descriptor statement_descriptor_suffix status transfer_data transfer_group"
    );
    let refund =
        server.made("/v1/refunds", &format!("charge={}", paid["latest_charge"].as_str().unwrap()));
    assert_eq!(
        fields(&refund),
        "id object amount balance_transaction charge created currency customer customer_account destination_details metadata payment_intent payment_method reason receipt_number source_transfer_reversal status transfer_reversal"
    );
    let line = &server.get("/v1/balance_transactions").json["data"][0];
    assert_eq!(
        fields(line),
        "id object amount available_on balance_type created currency description exchange_rate fee fee_details net reporting_category source status type"
    );
    let customer = server.made("/v1/customers", "");
    assert_eq!(
        fields(&customer),
        "id object address balance created currency customer_account default_source delinquent description discount email invoice_prefix invoice_settings livemode metadata name next_invoice_sequence phone preferred_locales shipping tax_exempt test_clock"
    );
    let event = &server.get("/v1/events").json["data"][0];
    assert_eq!(
        fields(event),
        "id object api_version created data livemode pending_webhooks request type sequence"
    );
}

#[test]
fn a_client_secret_is_the_id_and_25_characters() {
    let paid = Server::memory().paid(1000);
    let (id, rest) = paid["client_secret"].as_str().unwrap().split_once("_secret_").unwrap();
    assert_eq!(id, paid["id"]);
    assert!(rest.len() == 25 && rest.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{rest}");
}
