//! Calls to other hosts.
//!
//! Straight through the runtime's own `fetch`: the request type of the crate `worker` brings the
//! settings of image resizing and their serialisation along with every request that is made.

use worker::js_sys::futures::JsFuture;
use worker::js_sys::{self, Array, Function, Reflect, Uint8Array};
use worker::wasm_bindgen::{JsCast, JsValue};
use worker::{Headers, web_sys};

/// One call.
#[derive(Debug)]
pub(crate) struct Call<'c> {
    pub(crate) method: &'static str,
    pub(crate) url: &'c str,
    pub(crate) headers: Headers,
    pub(crate) body: Option<&'c [u8]>,
    /// How long it may take, the answer's body included.
    pub(crate) timeout_ms: u32,
}

impl Call<'_> {
    /// Makes the call. A redirect is an answer: what is sent goes to this address and to no other.
    ///
    /// # Errors
    /// The runtime's error when no answer came in time.
    pub(crate) async fn send(self) -> worker::Result<web_sys::Response> {
        let init = init(self.method, self.body);
        init.set_headers(&self.headers.0);
        init.set_redirect(web_sys::RequestRedirect::Manual);
        let signal = web_sys::AbortSignal::timeout_with_u32(self.timeout_ms);
        init.set_signal(Some(&signal));
        let scope: web_sys::WorkerGlobalScope = js_sys::global().unchecked_into();
        let answer = JsFuture::from(scope.fetch_with_str_and_init(self.url, &init)).await?;
        Ok(answer.dyn_into()?)
    }
}

/// A request to a Durable Object, which nobody else ever sees.
///
/// # Errors
/// The runtime's error when it cannot be made.
pub(crate) fn request(url: &str, body: Option<&[u8]>) -> worker::Result<worker::Request> {
    Ok(web_sys::Request::new_with_str_and_init(url, &init("POST", body))?.into())
}

/// Calls a method of a binding that the crate `worker` has no light type for.
///
/// # Errors
/// The runtime's error when there is no such method, or when it fails.
pub(crate) async fn method(
    binding: &JsValue,
    name: &str,
    arguments: &Array,
) -> worker::Result<JsValue> {
    let method: Function = Reflect::get(binding, &name.into())?.dyn_into()?;
    let promise = Reflect::apply(&method, binding, arguments)?;
    Ok(JsFuture::from(js_sys::Promise::<JsValue>::resolve(&promise)).await?)
}

fn init(method: &str, body: Option<&[u8]>) -> web_sys::RequestInit {
    let init = web_sys::RequestInit::new();
    init.set_method(method);
    if let Some(body) = body {
        init.set_body(&JsValue::from(Uint8Array::from(body)));
    }
    init
}
