//! Values on their way to the database, and columns coming back.

use std::error::Error;

use rusqlite::types::{Value, ValueRef};
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

/// A parameter of a statement.
pub(crate) type Param = Box<dyn ToSql + Sync + Send>;

/// One value.
#[derive(Debug)]
struct One(Value);

impl ToSql for One {
    fn to_sql(
        &self,
        kind: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match &self.0 {
            Value::Null => Ok(IsNull::Yes),
            Value::Integer(number) => number.to_sql(kind, out),
            Value::Text(text) => text.to_sql(kind, out),
            Value::Blob(bytes) => bytes.to_sql(kind, out),
            Value::Real(_) => Err("no column is a float".into()),
        }
    }

    fn accepts(_kind: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// One value as a parameter.
pub(crate) fn one(value: Value) -> Param {
    Box::new(One(value))
}

/// A column of many rows as one array.
#[derive(Debug)]
struct Many(Vec<One>);

impl ToSql for Many {
    fn to_sql(
        &self,
        kind: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        self.0.as_slice().to_sql(kind, out)
    }

    fn accepts(_kind: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// Rows of values, turned into one array for each column.
pub(crate) fn arrays(rows: Vec<Vec<Value>>) -> Vec<Param> {
    let width = rows.first().map_or(0, Vec::len);
    let mut columns: Vec<Vec<One>> = Vec::new();
    columns.resize_with(width, || Vec::with_capacity(rows.len()));
    for row in rows {
        assert_eq!(row.len(), width, "rows of one table are of one width");
        for (column, value) in columns.iter_mut().zip(row) {
            column.push(One(value));
        }
    }
    let mut params: Vec<Param> = Vec::with_capacity(width);
    for column in columns {
        params.push(Box::new(Many(column)));
    }
    params
}

/// A column as it came.
struct Came<'r>(ValueRef<'r>);

impl<'r> FromSql<'r> for Came<'r> {
    fn from_sql(kind: &Type, raw: &'r [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        match *kind {
            Type::INT8 => Ok(Self(ValueRef::Integer(i64::from_be_bytes(raw.try_into()?)))),
            Type::TEXT => Ok(Self(ValueRef::Text(raw))),
            Type::BYTEA => Ok(Self(ValueRef::Blob(raw))),
            _ => Err("a column of a type that is not ours".into()),
        }
    }

    fn from_sql_null(_kind: &Type) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(ValueRef::Null))
    }

    fn accepts(kind: &Type) -> bool {
        [Type::INT8, Type::TEXT, Type::BYTEA].contains(kind)
    }
}

/// A column by its place; none where it is of a type that no column of ours has.
pub(crate) fn column(row: &tokio_postgres::Row, place: usize) -> Option<ValueRef<'_>> {
    row.try_get::<_, Came<'_>>(place).ok().map(|came| came.0)
}

/// A whole line.
pub(crate) fn line(row: &tokio_postgres::Row) -> Option<Vec<Value>> {
    (0..row.len()).map(|place| Value::try_from(column(row, place)?).ok()).collect()
}
