//! Checks the options of real sockets, by reading them back from the system.
//!
//! Not here: their effect, which takes a network (`tests/it/vanished.rs`).

use super::*;

/// Both detections of vanished peers take at most half of the configured time.
#[test]
fn vanished_peers_are_detected_in_half_of_the_time() {
    for seconds in Limits::VANISHED.step_by(7) {
        let vanished = Duration::from_secs(seconds);
        let Keepalive { idle, interval, probes, user_timeout } = Keepalive::new(vanished);
        assert!(Duration::from_millis(user_timeout.into()) <= vanished / 2, "{vanished:?}");
        assert!(idle + interval * probes <= vanished / 2, "{vanished:?}");
    }
    let seconds = Duration::from_secs;
    let keepalive =
        Keepalive { idle: seconds(25), interval: seconds(4), probes: 3, user_timeout: 37_500 };
    assert_eq!(Keepalive::new(seconds(75)), keepalive);
}

/// An accepted socket has the options that the documentation promises.
#[cfg(target_os = "linux")]
#[test]
fn an_accepted_socket_has_the_documented_options() {
    use rustix::net::sockopt;

    let vanished = Duration::from_secs(75);
    let acceptor = TcpAcceptor::bind(SocketAddr::from(([127, 0, 0, 1], 0)), vanished).unwrap();
    let _client = net::TcpStream::connect(acceptor.address().unwrap()).unwrap();
    let (TcpStream(stream), _) = smol::block_on(acceptor.accept()).unwrap();
    let seconds = Duration::from_secs;
    assert!(sockopt::tcp_nodelay(&stream).unwrap());
    assert!(sockopt::socket_oobinline(&stream).unwrap());
    assert!(sockopt::socket_keepalive(&stream).unwrap());
    assert_eq!(sockopt::tcp_keepidle(&stream), Ok(seconds(25)));
    assert_eq!(sockopt::tcp_keepintvl(&stream), Ok(seconds(4)));
    assert_eq!(sockopt::tcp_keepcnt(&stream), Ok(3));
    assert_eq!(sockopt::tcp_user_timeout(&stream), Ok(0), "the server checks the delivery itself");
    // Linux doubles the sizes of buffers, for its own overhead.
    assert_eq!(sockopt::socket_send_buffer_size(&stream), Ok(2 * Limits::SEND_BUFFER));
    assert_eq!(sockopt::socket_recv_buffer_size(&stream), Ok(2 * Limits::RECEIVE_BUFFER));
    let abandoned = TcpStream(stream);
    Stream::abandon(&abandoned);
    assert_eq!(
        sockopt::tcp_user_timeout(&abandoned.0),
        Ok(180_000),
        "the system must not keep the output for ever"
    );
}

/// The backlog is as large as the system allows, up to the limit.
#[cfg(target_os = "linux")]
#[test]
fn a_listening_socket_has_the_documented_backlog() {
    let acceptor =
        TcpAcceptor::bind(SocketAddr::from(([127, 0, 0, 1], 0)), Duration::from_secs(75)).unwrap();
    let most = std::fs::read_to_string("/proc/sys/net/core/somaxconn").unwrap();
    let most: u32 = most.trim().parse().unwrap();
    let backlog = u32::try_from(Limits::BACKLOG).unwrap().min(most);
    assert_eq!(delivery::backlog(acceptor.listener.get_ref()), Some(backlog));
}

/// Written bytes are counted once they have arrived, and then none are pending.
#[cfg(target_os = "linux")]
#[test]
fn delivery_is_reported() {
    let acceptor =
        TcpAcceptor::bind(SocketAddr::from(([127, 0, 0, 1], 0)), Duration::from_secs(75)).unwrap();
    let mut client = net::TcpStream::connect(acceptor.address().unwrap()).unwrap();
    let (stream, _) = smol::block_on(acceptor.accept()).unwrap();
    let before = stream.delivery().unwrap();
    assert_eq!(stream.try_write(b"hello").unwrap(), 5);
    client.read_exact(&mut [0; 5]).unwrap();
    // The acknowledgement may take a moment to arrive.
    let after = (0..1_000_000).find_map(|_| stream.delivery().filter(|after| !after.is_pending));
    let after = after.expect("the bytes have arrived");
    assert_eq!((after.acknowledged - before.acknowledged, after.unanswered), (5, None));
}
