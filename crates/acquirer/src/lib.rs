//! acquirer
