//! A room whose members write to memory.

use super::*;

fn context() -> Context<'static> {
    Context::from_waker(Waker::noop())
}

/// Returns what the member is sent.
fn deliver(member: &mut Member) -> Vec<u8> {
    let mut output = Vec::new();
    let result = member.poll_deliver(&mut output, &mut context());
    assert!(matches!(result, Poll::Ready(Ok(()))));
    output
}

#[test]
fn every_member_and_the_sender_receive_what_is_broadcast_after_they_joined() {
    let room = Arc::new(Room::new(100, 0));
    let mut early = room.join();
    early.broadcast(b"one");
    let mut late = room.join();
    late.broadcast(b"two");
    assert_eq!(deliver(&mut early), b"onetwo");
    assert_eq!(deliver(&mut late), b"two");
}

#[test]
fn a_member_that_is_further_behind_than_the_limit_is_too_slow() {
    let room = Arc::new(Room::new(3, 0));
    let mut member = room.join();
    member.broadcast(b"one");
    deliver(&mut member);
    member.broadcast(b"four");
    let result = member.poll_deliver(&mut Vec::new(), &mut context());
    assert!(matches!(result, Poll::Ready(Err(RoomError::TooSlow(3)))));
}

fn may_broadcast(member: &Member) -> Poll<()> {
    member.poll_may_broadcast(&mut context())
}

#[tokio::test]
async fn no_member_broadcasts_while_another_is_behind() {
    let room = Arc::new(Room::new(1000, 997));
    let (mut slow, mut sender) = (room.join(), room.join());
    for member in [&mut slow, &mut sender] {
        deliver(member);
    }
    sender.broadcast(b"four");
    deliver(&mut sender);
    assert!(may_broadcast(&sender).is_pending());
    deliver(&mut slow);
    assert!(may_broadcast(&sender).is_ready());
    sender.broadcast(b"four");
    assert!(may_broadcast(&sender).is_pending());
    drop((slow, sender.next_undelivered(&context())));
    deliver(&mut sender);
    assert!(may_broadcast(&sender).is_ready());
}

#[tokio::test]
async fn a_member_that_reads_nothing_delays_the_others_no_longer() {
    let room = Arc::new(Room::new(1000, 997));
    let (mut stalled, mut sender) = (room.join(), room.join());
    for member in [&mut stalled, &mut sender] {
        deliver(member);
    }
    sender.broadcast(b"four");
    deliver(&mut sender);
    let begun = Instant::now();
    std::future::poll_fn(|cx| {
        let _ = sender.next_undelivered(cx);
        sender.poll_may_broadcast(cx)
    })
    .await;
    assert!(begun.elapsed() >= MAX_DELAY);
    sender.broadcast(b"four");
    deliver(&mut sender);
    assert!(may_broadcast(&sender).is_ready(), "it is ignored");
    deliver(&mut stalled);
    sender.broadcast(b"four");
    deliver(&mut sender);
    assert!(may_broadcast(&sender).is_pending(), "it keeps up again");
}

#[test]
fn what_is_discarded_is_not_missed_by_a_member_that_keeps_up() {
    let word = [b'w'; 1000];
    let room = Arc::new(Room::new(word.len(), 0));
    let mut member = room.join();
    let mut delivered = Vec::new();
    for _ in 0..300 {
        member.broadcast(&word);
        delivered.extend(deliver(&mut member));
    }
    assert_eq!(delivered, word.repeat(300));
    assert!(room.lock().stored <= PIECE_SIZE + 2 * word.len());
}

#[test]
fn the_room_is_not_locked_while_a_member_is_sent_messages() {
    /// An output that broadcasts something while it is written to.
    struct Reentrant<'a>(&'a Room, &'a Member, Vec<u8>);

    impl AsyncWrite for Reentrant<'_> {
        fn poll_write(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<io::Result<usize>> {
            assert!(self.0.state.try_lock().is_ok(), "the room is locked");
            if self.2.is_empty() {
                self.1.broadcast(b"two");
            }
            self.2.extend_from_slice(bytes);
            Poll::Ready(Ok(bytes.len()))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    let room = Arc::new(Room::new(100, 0));
    let (sender, mut member) = (room.join(), room.join());
    sender.broadcast(b"one");
    let mut reentrant = Reentrant(&room, &sender, Vec::new());
    let result = member.poll_deliver(&mut reentrant, &mut context());
    assert!(matches!(result, Poll::Ready(Ok(()))));
    assert_eq!(reentrant.2, b"onetwo");
    drop(reentrant);
}
