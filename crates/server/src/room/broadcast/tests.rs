//! A broadcast to receivers that write to memory.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Wake;

use tokio::io::{AsyncReadExt as _, AsyncWrite};

use super::*;

/// Number of a sender that receives nothing.
const SENDER: u64 = 0;

fn context() -> Context<'static> {
    Context::from_waker(Waker::noop())
}

/// Returns what the receiver is sent.
fn deliver(receiver: &mut Receiver) -> Vec<u8> {
    let mut output = Vec::new();
    let result = receiver.poll_deliver(&mut output, &mut context());
    assert!(matches!(result, Poll::Ready(Ok(()))));
    output
}

fn may_send(broadcast: &Broadcast) -> Poll<()> {
    broadcast.poll_may_send(SENDER, &mut context())
}

#[test]
fn every_receiver_is_sent_what_is_broadcast_from_its_beginning() {
    let broadcast = Arc::new(Broadcast::new(100, 0));
    let mut early = broadcast.receiver(1);
    broadcast.send(b"one");
    let mut late = broadcast.receiver(2);
    broadcast.send(b"two");
    assert_eq!(deliver(&mut early), b"onetwo");
    assert_eq!(deliver(&mut late), b"two");
}

#[test]
fn frames_for_one_receiver_come_where_they_were_sent_however_little_the_output_takes() {
    /// An output that takes two bytes at a time.
    struct Narrow(Vec<u8>);

    impl AsyncWrite for Narrow {
        fn poll_write(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<io::Result<usize>> {
            let taken = bytes.len().min(2);
            self.0.extend_from_slice(&bytes[..taken]);
            Poll::Ready(Ok(taken))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    let broadcast = Arc::new(Broadcast::new(100, 0));
    let (mut one, mut other) = (broadcast.receiver(1), broadcast.receiver(2));
    broadcast.send_to(1, b"first,".to_vec());
    broadcast.send(b"all,");
    broadcast.send_to(1, b"mine,".to_vec());
    broadcast.send_to(1, b"too,".to_vec());
    broadcast.send_to(3, b"nobody's".to_vec());
    broadcast.send(b"all again");
    let mut output = Narrow(Vec::new());
    assert!(one.poll_deliver(&mut output, &mut context()).is_ready());
    assert_eq!(output.0, b"first,all,mine,too,all again");
    assert!(!one.is_behind());
    assert!(other.is_behind());
    assert_eq!(deliver(&mut other), b"all,all again");
}

#[test]
fn a_receiver_that_is_further_behind_than_the_limit_is_too_slow() {
    for personal in [false, true] {
        let broadcast = Arc::new(Broadcast::new(3, 0));
        let mut receiver = broadcast.receiver(1);
        broadcast.send(b"one");
        deliver(&mut receiver);
        if personal {
            broadcast.send_to(1, b"four".to_vec());
        } else {
            broadcast.send(b"four");
        }
        let result = receiver.poll_deliver(&mut Vec::new(), &mut context());
        assert!(matches!(
            result,
            Poll::Ready(Err(DeliveryError::TooSlow(3)))
        ));
    }
}

#[tokio::test]
async fn nobody_sends_while_a_receiver_is_behind() {
    let broadcast = Arc::new(Broadcast::new(1000, 997));
    let mut slow = broadcast.receiver(1);
    broadcast.send(b"four");
    assert!(may_send(&broadcast).is_pending());
    deliver(&mut slow);
    assert!(may_send(&broadcast).is_ready());
    broadcast.send_to(1, b"four".to_vec());
    assert!(may_send(&broadcast).is_pending());
    drop(slow);
    assert!(may_send(&broadcast).is_ready());
}

#[tokio::test(start_paused = true)]
async fn a_receiver_that_reads_nothing_delays_the_others_no_longer() {
    let broadcast = Arc::new(Broadcast::new(1000, 997));
    let mut stalled = broadcast.receiver(1);
    broadcast.send(b"four");
    let begun = Instant::now();
    std::future::poll_fn(|cx| broadcast.poll_may_send(SENDER, cx)).await;
    assert!(begun.elapsed() >= MAX_DELAY);
    broadcast.send(b"four");
    assert!(may_send(&broadcast).is_ready(), "it is ignored");
    deliver(&mut stalled);
    broadcast.send(b"four");
    assert!(may_send(&broadcast).is_pending(), "it keeps up again");
}

#[test]
fn what_is_discarded_is_not_missed_by_a_receiver_that_keeps_up() {
    let word = [b'w'; 1000];
    let broadcast = Arc::new(Broadcast::new(word.len(), 0));
    let mut receiver = broadcast.receiver(1);
    let mut delivered = Vec::new();
    for _ in 0..300 {
        broadcast.send(&word);
        delivered.extend(deliver(&mut receiver));
    }
    assert_eq!(delivered, word.repeat(300));
    assert!(broadcast.lock().stored <= PIECE_SIZE + 2 * word.len());
}

#[test]
fn nothing_is_locked_while_a_receiver_is_sent_frames() {
    /// An output that sends something while it is written to.
    struct Reentrant<'a>(&'a Broadcast, Vec<u8>);

    impl AsyncWrite for Reentrant<'_> {
        fn poll_write(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<io::Result<usize>> {
            assert!(self.0.state.try_lock().is_ok(), "the broadcast is locked");
            if self.1.is_empty() {
                self.0.send(b"two");
            }
            self.1.extend_from_slice(bytes);
            Poll::Ready(Ok(bytes.len()))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    let broadcast = Arc::new(Broadcast::new(100, 0));
    let mut receiver = broadcast.receiver(1);
    broadcast.send(b"one");
    let mut reentrant = Reentrant(&broadcast, Vec::new());
    let result = receiver.poll_deliver(&mut reentrant, &mut context());
    assert!(matches!(result, Poll::Ready(Ok(()))));
    assert_eq!(reentrant.1, b"onetwo");
}

/// Returns both ends of a connection over loopback.
async fn connected() -> (Arc<TcpStream>, TcpStream) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let (near, far) = tokio::join!(listener.accept(), TcpStream::connect(addr));
    (Arc::new(near.unwrap().0), far.unwrap())
}

/// A waker that counts.
#[derive(Default)]
struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[tokio::test]
async fn a_sender_that_leaves_while_it_waits_wakes_the_others_that_wait() {
    let broadcast = Arc::new(Broadcast::new(1000, 997));
    let _stalled = broadcast.receiver(1);
    broadcast.send(b"four");
    let wakes = Arc::new(Wakes::default());
    let waker = Waker::from(Arc::clone(&wakes));
    let first = broadcast.poll_may_send(2, &mut Context::from_waker(&waker));
    // The timer is set for whoever asks last.
    let last = broadcast.poll_may_send(3, &mut context());
    assert!(first.is_pending() && last.is_pending());
    broadcast.stop_waiting(3);
    assert_eq!(wakes.0.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_receiver_that_keeps_up_is_sent_the_frames_of_a_turn_at_once_and_its_task_sleeps() {
    let broadcast = Arc::new(Broadcast::new(1000, 0));
    let (socket, mut client) = connected().await;
    let mut receiver = broadcast.receiver(1);
    receiver.receives_at(&socket);
    let wakes = Arc::new(Wakes::default());
    let waker = Waker::from(Arc::clone(&wakes));
    let mut cx = Context::from_waker(&waker);
    let nothing = receiver.poll_deliver(&mut Vec::new(), &mut cx);
    assert!(matches!(nothing, Poll::Ready(Ok(()))));
    broadcast.send(b"one");
    broadcast.send(b"two");
    assert!(receiver.is_behind());
    broadcast.write_all();
    let mut bytes = [0; 7];
    assert_eq!(client.read(&mut bytes).await.unwrap(), 6);
    assert_eq!(&bytes[..6], b"onetwo");
    assert!(!receiver.is_behind());
    assert_eq!(wakes.0.load(Ordering::Relaxed), 0);
    assert!(deliver(&mut receiver).is_empty());
    assert_eq!(receiver.sent(), 6);
    // What is for the receiver alone, it sends itself, where it comes.
    broadcast.send(b"three");
    broadcast.send_to(1, b"mine".to_vec());
    broadcast.send(b"four");
    broadcast.write_all();
    assert_eq!(deliver(&mut receiver), b"threeminefour");
}

#[tokio::test]
async fn an_idle_receiver_that_has_been_sent_a_part_of_a_turn_is_written_the_rest() {
    let broadcast = Arc::new(Broadcast::new(1000, 0));
    let (first_socket, mut first_client) = connected().await;
    let (socket, mut client) = connected().await;
    let mut first = broadcast.receiver(1);
    first.receives_at(&first_socket);
    assert!(deliver(&mut first).is_empty());
    broadcast.send(b"one");
    let mut late = broadcast.receiver(2);
    late.receives_at(&socket);
    assert!(deliver(&mut late).is_empty());
    broadcast.send(b"two");
    broadcast.write_all();
    let mut bytes = [0; 7];
    assert_eq!(first_client.read(&mut bytes).await.unwrap(), 6);
    assert_eq!(&bytes[..6], b"onetwo");
    assert_eq!(client.read(&mut bytes).await.unwrap(), 3);
    assert_eq!(&bytes[..3], b"two");
}

#[tokio::test]
async fn nobody_sends_more_in_one_turn_than_a_receiver_may_be_behind() {
    let broadcast = Arc::new(Broadcast::new(1000, 997));
    let (socket, _client) = connected().await;
    let mut receiver = broadcast.receiver(1);
    receiver.receives_at(&socket);
    assert!(deliver(&mut receiver).is_empty());
    let wakes = Arc::new(Wakes::default());
    let waker = Waker::from(Arc::clone(&wakes));
    let may_send = || broadcast.poll_may_send(SENDER, &mut Context::from_waker(&waker));
    broadcast.send(b"one");
    assert!(may_send().is_ready());
    broadcast.send(b"two");
    assert!(may_send().is_pending());
    broadcast.write_all();
    assert_eq!(wakes.0.load(Ordering::Relaxed), 1);
    assert!(may_send().is_ready());
}

#[tokio::test]
async fn a_receiver_whose_socket_is_full_sends_itself_the_rest() {
    let broadcast = Arc::new(Broadcast::new(100 << 20, 100 << 20));
    let (socket, mut client) = connected().await;
    let mut receiver = broadcast.receiver(1);
    receiver.receives_at(&socket);
    assert!(deliver(&mut receiver).is_empty());
    let mut said = Vec::new();
    for letter in b'a'..=b'z' {
        let frames = vec![letter; 1 << 20];
        broadcast.send(&frames);
        broadcast.write_all();
        said.extend(frames);
    }
    assert!(may_send(&broadcast).is_pending(), "it delays the others");
    let rest = deliver(&mut receiver);
    assert!(!rest.is_empty(), "the socket took everything");
    assert!(may_send(&broadcast).is_ready());
    let mut received = vec![0; said.len() - rest.len()];
    client.read_exact(&mut received).await.unwrap();
    assert_eq!(received.len() as u64, receiver.sent() - rest.len() as u64);
    assert_eq!([received, rest].concat(), said);
    broadcast.send(b"more");
    broadcast.write_all();
    let mut more = [0; 4];
    client.read_exact(&mut more).await.unwrap();
    assert_eq!(&more, b"more");
}

#[tokio::test]
async fn a_receiver_that_is_further_behind_than_the_limit_within_one_turn_is_too_slow() {
    let broadcast = Arc::new(Broadcast::new(3, 0));
    let (socket, _client) = connected().await;
    let mut receiver = broadcast.receiver(1);
    receiver.receives_at(&socket);
    assert!(deliver(&mut receiver).is_empty());
    for _ in 0..2 {
        broadcast.send(&[b'w'; PIECE_SIZE]);
    }
    broadcast.write_all();
    let result = receiver.poll_deliver(&mut Vec::new(), &mut context());
    assert!(matches!(
        result,
        Poll::Ready(Err(DeliveryError::TooSlow(3)))
    ));
}
