//! Values going into columns, and columns coming back.

use farthing_core::currency::Currency;
use farthing_core::id::EndpointId;
use farthing_core::money::{Money, SignedMoney};
use farthing_core::time::TimestampMs;
use farthing_domain::object::{ObjectRef, Trail};
use farthing_domain::tenant::TenantId;
use rusqlite::types::{Value, ValueRef};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::StoreError;
use crate::postgres::values::column;
use crate::row::Table;
use crate::row::number::{Numbered, object_parts, object_ref};

/// An endpoint's id and its last place.
const DUE_BYTES: usize = 16;

/// A row's values in the order of its table's columns.
#[derive(Default)]
pub(crate) struct Values(pub(crate) Vec<Value>);

impl Values {
    pub(crate) fn int(mut self, value: i64) -> Self {
        self.0.push(Value::Integer(value));
        self
    }

    pub(crate) fn int_opt(mut self, value: Option<i64>) -> Self {
        self.0.push(value.map_or(Value::Null, Value::Integer));
        self
    }

    pub(crate) fn text(mut self, value: &str) -> Self {
        self.0.push(Value::Text(value.to_owned()));
        self
    }

    pub(crate) fn text_opt(mut self, value: Option<&str>) -> Self {
        self.0.push(value.map_or(Value::Null, |text| Value::Text(text.to_owned())));
        self
    }

    pub(crate) fn blob(mut self, value: &[u8]) -> Self {
        self.0.push(Value::Blob(value.to_vec()));
        self
    }

    pub(crate) fn blob_opt<const N: usize>(mut self, value: Option<[u8; N]>) -> Self {
        self.0.push(value.map_or(Value::Null, |bytes| Value::Blob(bytes.to_vec())));
        self
    }

    pub(crate) fn tenant(self, value: TenantId) -> Self {
        self.int(value.raw())
    }

    pub(crate) fn time(self, value: TimestampMs) -> Self {
        self.int(value.ms())
    }

    pub(crate) fn time_opt(self, value: Option<TimestampMs>) -> Self {
        self.int_opt(value.map(TimestampMs::ms))
    }

    pub(crate) fn number(self, value: impl Numbered) -> Self {
        self.int(value.number())
    }

    pub(crate) fn number_opt(self, value: Option<impl Numbered>) -> Self {
        self.int_opt(value.map(Numbered::number))
    }

    pub(crate) fn object(self, object: ObjectRef) -> Self {
        let (kind, id) = object_parts(object);
        self.int(kind).blob(&id)
    }

    /// Two columns: how far it has come, and the endpoints' places as bytes.
    pub(crate) fn trail(mut self, trail: &Trail) -> Self {
        self = self.int(i64::from(trail.sequence));
        if trail.due.is_empty() {
            self.0.push(Value::Null);
            return self;
        }
        let mut bytes = Vec::with_capacity(trail.due.len().saturating_mul(DUE_BYTES));
        for (endpoint, place) in &trail.due {
            bytes.extend_from_slice(&endpoint.bytes());
            bytes.extend_from_slice(&place.to_be_bytes());
        }
        self.0.push(Value::Blob(bytes));
        self
    }

    /// The column of all that is neither asked for nor constrained; null where it is all absent.
    pub(crate) fn detail<T: Serialize + Default + PartialEq>(mut self, detail: &T) -> Self {
        if *detail == T::default() {
            self.0.push(Value::Null);
        } else {
            let text = serde_json::to_string(detail).expect("plain structures become JSON");
            self.0.push(Value::Text(text));
        }
        self
    }
}

/// Where columns come from.
#[derive(Clone, Copy)]
pub(crate) enum Columns<'r> {
    Sqlite(&'r rusqlite::Row<'r>),
    Postgres(&'r tokio_postgres::Row),
}

/// A row's columns, read in order. What cannot be read is [`StoreError::Corrupt`].
pub(crate) struct Fields<'r> {
    table: &'static Table,
    columns: Columns<'r>,
    next: usize,
}

impl<'r> Fields<'r> {
    pub(crate) fn new(table: &'static Table, columns: Columns<'r>) -> Self {
        Self { table, columns, next: 0 }
    }

    /// The column read last cannot be what it should be.
    pub(crate) fn corrupt(&self) -> StoreError {
        let column = self.table.column(self.next.saturating_sub(1));
        StoreError::Corrupt { table: self.table.name, column }
    }

    fn value(&mut self) -> Result<ValueRef<'r>, StoreError> {
        let place = self.next;
        self.next = self.next.saturating_add(1);
        match self.columns {
            Columns::Sqlite(row) => row.get_ref(place).map_err(|_| self.corrupt()),
            Columns::Postgres(row) => column(row, place).ok_or_else(|| self.corrupt()),
        }
    }

    pub(crate) fn int_opt(&mut self) -> Result<Option<i64>, StoreError> {
        match self.value()? {
            ValueRef::Null => Ok(None),
            ValueRef::Integer(value) => Ok(Some(value)),
            ValueRef::Real(_) | ValueRef::Text(_) | ValueRef::Blob(_) => Err(self.corrupt()),
        }
    }

    pub(crate) fn text_opt(&mut self) -> Result<Option<String>, StoreError> {
        match self.value()? {
            ValueRef::Null => Ok(None),
            ValueRef::Text(bytes) => match std::str::from_utf8(bytes) {
                Ok(text) => Ok(Some(text.to_owned())),
                Err(_) => Err(self.corrupt()),
            },
            ValueRef::Integer(_) | ValueRef::Real(_) | ValueRef::Blob(_) => Err(self.corrupt()),
        }
    }

    pub(crate) fn bytes_opt(&mut self) -> Result<Option<&'r [u8]>, StoreError> {
        match self.value()? {
            ValueRef::Null => Ok(None),
            ValueRef::Blob(bytes) => Ok(Some(bytes)),
            ValueRef::Integer(_) | ValueRef::Real(_) | ValueRef::Text(_) => Err(self.corrupt()),
        }
    }

    pub(crate) fn int(&mut self) -> Result<i64, StoreError> {
        self.int_opt()?.ok_or_else(|| self.corrupt())
    }

    /// An integer of a narrower type.
    pub(crate) fn small<T: TryFrom<i64>>(&mut self) -> Result<T, StoreError> {
        let value = self.int()?;
        T::try_from(value).map_err(|_| self.corrupt())
    }

    pub(crate) fn small_opt<T: TryFrom<i64>>(&mut self) -> Result<Option<T>, StoreError> {
        match self.int_opt()? {
            None => Ok(None),
            Some(value) => T::try_from(value).map(Some).map_err(|_| self.corrupt()),
        }
    }

    pub(crate) fn text(&mut self) -> Result<String, StoreError> {
        self.text_opt()?.ok_or_else(|| self.corrupt())
    }

    pub(crate) fn bytes(&mut self) -> Result<&'r [u8], StoreError> {
        self.bytes_opt()?.ok_or_else(|| self.corrupt())
    }

    /// Bytes of a fixed length.
    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], StoreError> {
        let bytes = self.bytes()?;
        bytes.try_into().map_err(|_| self.corrupt())
    }

    pub(crate) fn array_opt<const N: usize>(&mut self) -> Result<Option<[u8; N]>, StoreError> {
        match self.bytes_opt()? {
            None => Ok(None),
            Some(bytes) => bytes.try_into().map(Some).map_err(|_| self.corrupt()),
        }
    }

    pub(crate) fn tenant(&mut self) -> Result<TenantId, StoreError> {
        self.int().map(TenantId::from_raw)
    }

    pub(crate) fn time(&mut self) -> Result<TimestampMs, StoreError> {
        self.int().map(TimestampMs::from_ms)
    }

    pub(crate) fn time_opt(&mut self) -> Result<Option<TimestampMs>, StoreError> {
        Ok(self.int_opt()?.map(TimestampMs::from_ms))
    }

    pub(crate) fn currency(&mut self) -> Result<Currency, StoreError> {
        let code = self.text()?;
        Currency::parse(&code).map_err(|_| self.corrupt())
    }

    pub(crate) fn money(&mut self, currency: Currency) -> Result<Money, StoreError> {
        let minor = self.int()?;
        Money::new(minor, currency).map_err(|_| self.corrupt())
    }

    pub(crate) fn money_opt(&mut self, currency: Currency) -> Result<Option<Money>, StoreError> {
        match self.int_opt()? {
            None => Ok(None),
            Some(minor) => Money::new(minor, currency).map(Some).map_err(|_| self.corrupt()),
        }
    }

    pub(crate) fn signed(&mut self, currency: Currency) -> Result<SignedMoney, StoreError> {
        let minor = self.int()?;
        SignedMoney::new(minor, currency).map_err(|_| self.corrupt())
    }

    pub(crate) fn number<T: Numbered>(&mut self) -> Result<T, StoreError> {
        let number = self.int()?;
        T::from_number(number).ok_or_else(|| self.corrupt())
    }

    pub(crate) fn number_opt<T: Numbered>(&mut self) -> Result<Option<T>, StoreError> {
        match self.int_opt()? {
            None => Ok(None),
            Some(number) => T::from_number(number).map(Some).ok_or_else(|| self.corrupt()),
        }
    }

    pub(crate) fn yes_or_no(&mut self) -> Result<bool, StoreError> {
        match self.int()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(self.corrupt()),
        }
    }

    pub(crate) fn object(&mut self) -> Result<ObjectRef, StoreError> {
        let kind = self.int()?;
        let id = self.array()?;
        object_ref(kind, id).ok_or_else(|| self.corrupt())
    }

    pub(crate) fn trail(&mut self) -> Result<Trail, StoreError> {
        let sequence = self.small()?;
        let (entries, rest) = self.bytes_opt()?.unwrap_or_default().as_chunks::<DUE_BYTES>();
        if !rest.is_empty() {
            return Err(self.corrupt());
        }
        let due = entries
            .iter()
            .map(|entry| {
                let (id, place) = entry.split_first_chunk()?;
                Some((EndpointId::from_bytes(*id), u32::from_be_bytes(place.try_into().ok()?)))
            })
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| self.corrupt())?;
        Ok(Trail { sequence, due })
    }

    pub(crate) fn detail<T: DeserializeOwned + Default>(&mut self) -> Result<T, StoreError> {
        match self.text_opt()? {
            None => Ok(T::default()),
            Some(text) => serde_json::from_str(&text).map_err(|_| self.corrupt()),
        }
    }
}
