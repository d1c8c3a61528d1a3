//! What real sockets are told, read back from them.
//!
//! Not here: what comes of it, which takes a network (`tests/it/vanished.rs`).

use super::*;

/// Whoever is silent and has vanished is found in half of the time that there is for that.
#[test]
fn silent_peers_are_asked_early_enough() {
    for seconds in Limits::VANISHED.step_by(7) {
        let vanished = Duration::from_secs(seconds);
        let Silence { asks_after, asks_again, times, unacknowledged } = Silence::new(vanished);
        assert!(Duration::from_millis(unacknowledged.into()) <= vanished / 2, "{vanished:?}");
        assert!(asks_after + asks_again * times <= vanished / 2, "{vanished:?}");
    }
    let seconds = Duration::from_secs;
    let silence = Silence {
        asks_after: seconds(25),
        asks_again: seconds(4),
        times: 3,
        unacknowledged: 37_500,
    };
    assert_eq!(Silence::new(seconds(75)), silence);
}

/// What the documentation promises of a connection is so on a real one.
#[cfg(target_os = "linux")]
#[test]
fn an_accepted_socket_has_the_options_that_it_should() {
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
    assert_eq!(sockopt::tcp_user_timeout(&stream), Ok(0), "the server looks by itself");
    // Linux doubles them, for what it needs itself.
    assert_eq!(sockopt::socket_send_buffer_size(&stream), Ok(2 * Limits::SEND_BUFFER));
    assert_eq!(sockopt::socket_recv_buffer_size(&stream), Ok(2 * Limits::RECEIVE_BUFFER));
    let abandoned = TcpStream(stream);
    Stream::abandon(&abandoned);
    assert_eq!(
        sockopt::tcp_user_timeout(&abandoned.0),
        Ok(180_000),
        "the system must not go on for ever"
    );
}

/// As many may wait to be accepted as the system allows, up to the limit.
#[cfg(target_os = "linux")]
#[test]
fn a_listening_socket_has_the_backlog_that_it_should() {
    let acceptor =
        TcpAcceptor::bind(SocketAddr::from(([127, 0, 0, 1], 0)), Duration::from_secs(75)).unwrap();
    let most = std::fs::read_to_string("/proc/sys/net/core/somaxconn").unwrap();
    let most: u32 = most.trim().parse().unwrap();
    let backlog = u32::try_from(Limits::BACKLOG).unwrap().min(most);
    assert_eq!(delivery::backlog(acceptor.listener.get_ref()), Some(backlog));
}

/// What is written arrives, and then nothing is pending any more.
#[cfg(target_os = "linux")]
#[test]
fn the_system_says_what_has_arrived() {
    let acceptor =
        TcpAcceptor::bind(SocketAddr::from(([127, 0, 0, 1], 0)), Duration::from_secs(75)).unwrap();
    let mut client = net::TcpStream::connect(acceptor.address().unwrap()).unwrap();
    let (stream, _) = smol::block_on(acceptor.accept()).unwrap();
    let before = stream.delivery().unwrap();
    assert_eq!(stream.try_write(b"hello").unwrap(), 5);
    client.read_exact(&mut [0; 5]).unwrap();
    // The client's system may take a moment to say that it has it.
    let after = (0..1_000_000).find_map(|_| stream.delivery().filter(|after| !after.is_pending));
    let after = after.expect("it has arrived");
    assert_eq!((after.acknowledged - before.acknowledged, after.unanswered), (5, None));
}
