//! Villages: the national list, which is compiled in and has no table.

mod rpc;
