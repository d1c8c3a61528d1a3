//! Reads from Linux how much of the bytes written to a socket has arrived: `TCP_INFO`, see tcp(7).
//!
//! Not here: what the server concludes from it (`writer::watch`).

use core::time::Duration;
use std::net::TcpStream;
use std::sync::LazyLock;

use nix::sys::socket::getsockopt;
use nix::{getsockopt_impl, libc, sockopt_impl};

use super::super::Delivery;

/// The beginning of `struct tcp_info`, as 32-bit words.
type Info = [u32; 37];

sockopt_impl!(
    /// The part of `TCP_INFO` that Linux supports since version 4.6.
    TcpInfo,
    GetOnly,
    libc::IPPROTO_TCP,
    libc::TCP_INFO,
    Info
);

/// Whether the kernel supports as much of `TCP_INFO`. If it returned less, `getsockopt` would panic.
pub(super) static IS_SUPPORTED: LazyLock<bool> = LazyLock::new(|| {
    let name = rustix::system::uname();
    let release = name.release().to_string_lossy();
    let mut numbers = release.split('.').map_while(|number| number.parse::<u32>().ok());
    (numbers.next(), numbers.next()) >= (Some(4), Some(6))
});

pub(super) fn of(stream: &TcpStream) -> Option<Delivery> {
    let info = IS_SUPPORTED.then(|| getsockopt(stream, TcpInfo).ok()).flatten()?;
    // `tcpi_probes`: the number of unanswered probes.
    let [.., probes] = info[0].to_ne_bytes();
    // `tcpi_unacked`, which counts segments, and `tcpi_notsent_bytes`.
    let (unacknowledged, unsent) = (info[6], info[36]);
    // `tcpi_last_ack_recv`, in milliseconds.
    let silence = Duration::from_millis(info[14].into());
    // `tcpi_bytes_acked`, a 64-bit number.
    let [acknowledged, more] = [info[30], info[31]].map(u32::to_ne_bytes);
    let mut bytes = [0; 8];
    bytes[..4].copy_from_slice(&acknowledged);
    bytes[4..].copy_from_slice(&more);
    Some(Delivery {
        acknowledged: u64::from_ne_bytes(bytes),
        is_pending: unacknowledged > 0 || unsent > 0,
        unanswered: (unacknowledged > 0 || probes > 0).then_some(silence),
    })
}

/// The backlog of a listening socket, which the kernel reports in `tcpi_sacked`.
#[cfg(test)]
pub(super) fn backlog(listener: &std::net::TcpListener) -> Option<u32> {
    getsockopt(listener, TcpInfo).ok().map(|info| info[7])
}
