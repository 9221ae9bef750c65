//! The runtime, as much of it as this Worker uses.
//!
//! The types of the crate `worker` are made for every Worker there is: a request carries its place in
//! the world, a response its websocket, an error everything that any of them can throw, and each is
//! converted on its way in and out. Here are the runtime's own objects, and a fault is what was
//! thrown. The crate itself starts the module and recovers it from a panic.

use std::future::Future;
use std::pin::Pin;

use worker::js_sys::futures::{JsFuture, future_to_promise};
use worker::js_sys::{Array, Error, Function, Iterator, Promise, Reflect, Uint8Array};
use worker::wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};

pub(crate) use worker::web_sys::{Headers, Request, Response};

use worker::web_sys::{ResponseInit, console};

#[wasm_bindgen(wasm_bindgen = worker::wasm_bindgen)]
extern "C" {
    /// What was thrown, in its own words.
    #[wasm_bindgen(js_name = String)]
    fn words(thrown: &JsValue) -> String;

    /// What is bound to this Worker: settings, secrets, Durable Objects, queues.
    #[derive(Clone, Debug)]
    pub type Env;

    /// What a request is served in.
    pub type Context;
    #[wasm_bindgen(method, js_name = waitUntil)]
    fn wait_until(this: &Context, promise: &Promise);

    /// The Durable Objects of one class.
    #[derive(Clone)]
    pub(crate) type Namespace;
    #[wasm_bindgen(method, catch, js_name = getByName)]
    fn get_by_name(this: &Namespace, name: &str) -> std::result::Result<Stub, JsValue>;
    type Stub;
    #[wasm_bindgen(method, catch)]
    fn fetch(this: &Stub, request: &Request) -> std::result::Result<Promise, JsValue>;

    /// What a Durable Object has of its own.
    pub type State;
    #[wasm_bindgen(method, getter)]
    fn storage(this: &State) -> Storage;

    /// Where it keeps it.
    #[derive(Clone, Debug)]
    pub(crate) type Storage;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn sql(this: &Storage) -> Sql;
    #[wasm_bindgen(method, catch, js_name = setAlarm)]
    fn set_alarm(this: &Storage, moment_ms: f64) -> std::result::Result<Promise, JsValue>;

    /// Its tables.
    #[derive(Debug)]
    pub(crate) type Sql;
    #[wasm_bindgen(method, catch, variadic)]
    fn exec(this: &Sql, statement: &str, values: &Array) -> std::result::Result<Cursor, JsValue>;
    type Cursor;
    #[wasm_bindgen(method, catch)]
    fn raw(this: &Cursor) -> std::result::Result<Iterator, JsValue>;
}

/// What could not be done because the runtime did not do it, or because what it gave is not what it
/// should be. Logged, and never shown to who asked.
pub(crate) struct Fault(JsValue);

pub(crate) type Result<T> = std::result::Result<T, Fault>;

impl Fault {
    /// A fault of our own finding.
    pub(crate) fn new(words: &str) -> Self {
        Self(Error::new(words).into())
    }
}

impl From<JsValue> for Fault {
    fn from(thrown: JsValue) -> Self {
        Self(thrown)
    }
}

/// Writes to the log.
pub(crate) fn log(parts: &[&str]) {
    console::error_1(&parts.concat().into());
}

/// Writes to the log what could not be done, and why.
pub(crate) fn log_fault(what: &[&str], Fault(why): &Fault) {
    log(&[&what.concat(), ": ", &words(why)]);
}

/// A task as the runtime waits for it. All of them are of one type, so that what runs them is
/// compiled once.
type Task = Pin<Box<dyn Future<Output = std::result::Result<JsValue, JsValue>>>>;

/// Runs a task; the runtime gets what it comes to.
pub(crate) fn promise<T: Into<JsValue>>(
    task: impl Future<Output = Result<T>> + 'static,
) -> Promise {
    let task: Task = Box::pin(async move {
        match task.await {
            Ok(value) => Ok(value.into()),
            Err(Fault(thrown)) => Err(thrown),
        }
    });
    future_to_promise(task)
}

/// Waits for what the runtime has promised.
pub(crate) async fn kept(promise: Promise) -> Result<JsValue> {
    JsFuture::from(promise).await.map_err(Fault)
}

impl Context {
    /// Lets a task run on when the answer is on its way.
    pub(crate) fn run_on(&self, task: impl Future<Output = ()> + 'static) {
        let task = async move {
            task.await;
            Ok(JsValue::UNDEFINED)
        };
        self.wait_until(&promise(task));
    }
}

impl Env {
    /// What is bound by a name.
    pub(crate) fn get(&self, name: &str) -> JsValue {
        property(self, name)
    }

    /// The Durable Objects that are bound by a name.
    pub(crate) fn objects(&self, binding: &str) -> Option<Namespace> {
        let bound = self.get(binding);
        has_method(&bound, "getByName").then(|| bound.unchecked_into())
    }
}

/// A property; `undefined` where there is none.
pub(crate) fn property(of: &JsValue, name: &str) -> JsValue {
    Reflect::get(of, &name.into()).unwrap_or_default()
}

/// Whether a value has a method of a name.
pub(crate) fn has_method(value: &JsValue, name: &str) -> bool {
    value.is_object() && property(value, name).is_function()
}

/// Calls a method that nothing above describes, and waits for what it promises.
pub(crate) async fn call(of: &JsValue, name: &str, arguments: &Array) -> Result<JsValue> {
    let method: Function = property(of, name).unchecked_into();
    let promised = Reflect::apply(&method, of, arguments)?;
    kept(Promise::resolve(&promised)).await
}

impl Namespace {
    /// Asks one object of a name.
    pub(crate) async fn ask(&self, name: &str, request: &Request) -> Result<Response> {
        let answer = kept(self.get_by_name(name)?.fetch(request)?).await?;
        Ok(answer.unchecked_into())
    }
}

impl State {
    pub(crate) fn store(&self) -> Storage {
        self.storage()
    }
}

impl Storage {
    /// Sets the one alarm.
    pub(crate) async fn alarm_at(&self, moment_ms: i64) -> Result<()> {
        #[expect(clippy::cast_precision_loss, reason = "no moment is past 53 bits")]
        let moment_ms = moment_ms as f64;
        kept(self.set_alarm(moment_ms)?).await.map(drop)
    }
}

impl Sql {
    /// Runs a statement. Its rows come as they are asked for, and it is over when there are no more.
    pub(crate) fn rows(&self, statement: &str, values: &Array) -> Result<Iterator> {
        Ok(self.exec(statement, values)?.raw()?)
    }
}

/// An answer.
///
/// # Errors
/// The runtime's when it cannot be made.
pub(crate) fn response(status: u16, body: &[u8], headers: &[(&str, &str)]) -> Result<Response> {
    let sent = Headers::new()?;
    for (name, value) in headers {
        sent.set(name, value)?;
    }
    let init = ResponseInit::new();
    init.set_status(status);
    init.set_headers_headers(&sent);
    let body = (!body.is_empty()).then(|| Uint8Array::from(body));
    Ok(Response::new_with_opt_js_u8_array_and_init(body.as_ref(), &init)?)
}
