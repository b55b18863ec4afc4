//! Black-box tests of the workspace and of the binary.

#[cfg(test)]
mod architecture;
#[cfg(test)]
mod rust;
