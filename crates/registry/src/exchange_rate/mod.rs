//! Exchange rates.

mod decide;
mod load;
mod rows;
mod rpc;
