//! Functions of IP networks.

use std::net::{Ipv4Addr, Ipv6Addr};

use dashu_int::ops::UnsignedAbs;
use dashu_int::{IBig, UBig};

use crate::lang::value::{Type, Value};

use super::call::{Call, Failure, Result, integer};
use super::signature::{Function, STRING, STRINGS, number, string};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("cidrhost", &[string("prefix"), number("hostnum")], STRING, cidrhost),
    Function::new("cidrnetmask", &[string("prefix")], STRING, cidrnetmask),
    Function::new("cidrsubnet", &[string("prefix"), number("newbits"), number("netnum")], STRING, cidrsubnet),
    Function::new("cidrsubnets", &[string("prefix")], STRINGS, cidrsubnets).variadic(number("newbits")),
];

/// A network: its first address, as a number, and how long its prefix is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Network {
    address: u128,
    prefix: u32,
    /// 32 or 128.
    bits: u32,
}

impl Network {
    /// Reads `address/length`; what is behind the prefix is cut off. Leading zeros do not make a number octal.
    fn parse(text: &str) -> Result<Self> {
        let parsed = text.split_once('/').and_then(|(address, length)| {
            let (address, bits) = match parse_v4(address) {
                Some(v4) => (u128::from(u32::from(v4)), 32),
                None => (u128::from(parse_v6(address)?), 128),
            };
            let digits = !length.is_empty() && length.bytes().all(|b| b.is_ascii_digit());
            let prefix = length.parse().ok().filter(|p| digits && *p <= bits)?;
            Some(Self::containing(address, prefix, bits))
        });
        parsed.ok_or_else(|| format!("invalid CIDR expression: invalid CIDR address: {text}").into())
    }

    fn containing(address: u128, prefix: u32, bits: u32) -> Self {
        Self { address: address & !host_mask(bits - prefix), prefix, bits }
    }

    fn last(self) -> u128 {
        self.address | host_mask(self.bits - self.prefix)
    }

    fn contains(self, address: u128) -> bool {
        (self.address..=self.last()).contains(&address)
    }

    /// An address of the network, one mapped from the fourth version in that version's notation.
    fn address_text(self, address: u128) -> String {
        // The cast cuts nothing off: an address of 32 bits is below 2^32.
        let v4 = if self.bits == 32 { Some(Ipv4Addr::from(address as u32)) } else { mapped(address) };
        v4.map_or_else(|| Ipv6Addr::from(address).to_string(), |v4| v4.to_string())
    }

    /// An address of the sixth version that stands for one of the fourth.
    fn is_mapped(self) -> bool {
        self.bits == 128 && mapped(self.address).is_some()
    }
}

impl std::fmt::Display for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let prefix = if self.is_mapped() { self.prefix.saturating_sub(96) } else { self.prefix };
        write!(f, "{}/{prefix}", self.address_text(self.address))
    }
}

fn mapped(address: u128) -> Option<Ipv4Addr> {
    Ipv6Addr::from(address).to_ipv4_mapped()
}

/// The lowest bits set.
fn host_mask(bits: u32) -> u128 {
    1u128.checked_shl(bits).map_or(u128::MAX, |top| top - 1)
}

fn parse_v4(text: &str) -> Option<Ipv4Addr> {
    let parts: Vec<&str> = text.split('.').collect();
    let octets: Vec<u8> = parts
        .iter()
        .map(|p| p.bytes().all(|b| b.is_ascii_digit()).then(|| p.parse().ok()).flatten())
        .collect::<Option<_>>()?;
    Some(Ipv4Addr::from(<[u8; 4]>::try_from(octets).ok()?))
}

/// Leading zeros are dropped before the standard parser, which counts digits.
fn parse_v6(text: &str) -> Option<Ipv6Addr> {
    let shortened: Vec<String> = text
        .split(':')
        .map(|part| match part.split_once('.') {
            Some(_) => parse_v4(part).map_or(part.to_owned(), |v4| v4.to_string()),
            None if part.is_empty() => String::new(),
            None => match part.trim_start_matches('0') {
                "" => "0".to_owned(),
                rest => rest.to_owned(),
            },
        })
        .collect();
    shortened.join(":").parse().ok()
}

/// A number argument that must be an integer, of any size.
fn big_integer(value: &Value) -> Result<IBig> {
    let number = value.as_number().filter(|n| n.is_integer());
    number.and_then(|n| n.truncated()).ok_or_else(|| Failure::from("value must be a whole number"))
}

/// The lowest 64 bits of the magnitude.
fn low_64_bits(number: &IBig) -> u64 {
    u64::try_from(&(number.unsigned_abs() & UBig::from(u64::MAX))).unwrap_or(u64::MAX)
}

/// Sets the number into the address at the given distance from its end. A negative one is taken as its two's complement,
/// and the magnitude of what comes out.
fn insert(network: Network, number: &IBig, shift: u32) -> Result<u128> {
    let combined = IBig::from(network.address) | (number << shift as usize);
    let address = u128::try_from(&combined.unsigned_abs()).ok().filter(|a| *a <= host_mask(network.bits));
    address.ok_or_else(|| format!("the number {number} leads out of the address space of {network}").into())
}

/// A negative number counts from the end of the network.
fn cidrhost(call: &Call<'_>) -> Result<Value> {
    let mut host = big_integer(call.arg(1))?;
    let network = Network::parse(call.text(0))?;
    let max_host = IBig::from(host_mask(network.bits - network.prefix));
    // Only 64 bits of the number are compared, as a signed number, so that larger ones pass.
    let mut compared = IBig::from(low_64_bits(&host) as i64);
    if host < IBig::ZERO {
        compared = -&host - IBig::ONE;
        host = &max_host - &compared;
    }
    if compared > max_host {
        let prefix = network.prefix;
        return Err(format!("prefix of {prefix} does not accommodate a host numbered {host}").into());
    }
    let shift = if network.is_mapped() { 96 } else { 0 };
    let address = insert(network, &host, shift)?;
    Ok(Value::from(network.address_text(address)))
}

fn cidrnetmask(call: &Call<'_>) -> Result<Value> {
    let network = Network::parse(call.text(0))?;
    if network.bits == 128 && !network.is_mapped() {
        return Err(format!("IPv6 addresses cannot have a netmask: {}", call.text(0)).into());
    }
    let mask = host_mask(network.bits) & !host_mask(network.bits - network.prefix);
    Ok(Value::from(network.address_text(mask)))
}

fn cidrsubnet(call: &Call<'_>) -> Result<Value> {
    let new_bits = call.integer(1)?;
    let number = big_integer(call.arg(2))?;
    let network = Network::parse(call.text(0))?;
    let prefix = i64::from(network.prefix).saturating_add(new_bits);
    if prefix > i64::from(network.bits) {
        let from = network.prefix;
        return Err(format!("insufficient address space to extend prefix of {from} by {new_bits}").into());
    }
    let Ok(prefix) = u32::try_from(prefix) else {
        return Err(format!("cannot shorten a prefix of {} by {}", network.prefix, new_bits.unsigned_abs()).into());
    };
    // A prefix that becomes shorter accommodates everything.
    let max = u32::try_from(new_bits).map_or(u64::MAX, |bits| u64::try_from(host_mask(bits)).unwrap_or(u64::MAX));
    if low_64_bits(&number) > max {
        return Err(format!("prefix extension of {new_bits} does not accommodate a subnet numbered {number}").into());
    }
    let address = insert(network, &number, network.bits - prefix)?;
    Ok(Value::from(Network { address, prefix, bits: network.bits }.to_string()))
}

/// Consecutive subnets, each extending the prefix by its own number of bits.
fn cidrsubnets(call: &Call<'_>) -> Result<Value> {
    let network = Network::parse(call.text(0)).map_err(|e| Failure::at(0, e.message))?;
    let mut subnets: Vec<Network> = Vec::new();
    for (i, arg) in call.args.iter().enumerate().skip(1) {
        let length = integer(arg).map_err(|e| Failure::at(i, e))?;
        if length < 1 {
            return Err(Failure::at(i, "must extend prefix by at least one bit"));
        }
        if length > 32 {
            return Err(Failure::at(i, "may not extend prefix by more than 32 bits"));
        }
        let prefix = network.prefix + length as u32;
        if prefix > network.bits {
            let protocol = if network.bits == 32 { "IPv4" } else { "IPv6" };
            return Err(Failure::at(
                i,
                format!("would extend prefix to {prefix} bits, which is too long for an {protocol} address"),
            ));
        }
        let next = following(network, subnets.last().copied(), prefix).ok_or_else(|| {
            let before_zero = Network::containing(host_mask(network.bits), prefix, network.bits);
            let after = subnets.last().unwrap_or(&before_zero);
            let why =
                format!("not enough remaining address space for a subnet with a prefix of {prefix} bits after {after}");
            Failure::at(i, why)
        })?;
        subnets.push(next);
    }
    Ok(Value::list(Type::String, subnets.iter().map(|s| Value::from(s.to_string())).collect()))
}

/// The first subnet of that size after another, inside the network.
fn following(network: Network, previous: Option<Network>, prefix: u32) -> Option<Network> {
    let address = match previous {
        // What begins at zero follows upon the end of all addresses, which counts as no room; nor do addresses that stand
        // for some of the other version follow upon anything.
        None => Some(network.address).filter(|address| *address != 0 && !network.is_mapped())?,
        Some(previous) => {
            // Aligned to the new size, and behind the previous subnet.
            let aligned = Network::containing(previous.last(), prefix, network.bits);
            aligned.last().checked_add(1)?
        }
    };
    network.contains(address).then_some(Network { address, prefix, bits: network.bits })
}
