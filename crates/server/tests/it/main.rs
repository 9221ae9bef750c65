//! The machinery of the server, driven over its own router: paying, recovering, delivering.

mod deliver;
mod pay;
mod receiver;
mod recover;
mod support;
