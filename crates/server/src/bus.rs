//! The bus that joins the rooms of many servers: NATS.
//!
//! Each node publishes and hears these subjects:
//!
//! | subject | payload | when |
//! |---|---|---|
//! | `hellohi.ROOM.from.SENDER.names` | a frame for each member's name; the header `said` counts the messages so far | on every change, and every few seconds |
//! | `hellohi.ROOM.from.SENDER.said` | the frames of messages; the header `first` numbers the first of them, `count` counts them | after the node's own members were sent them |
//! | `hellohi.ROOM.to.RECEIVER` | sender, receiver and text, a frame each or more | for `/msg` |
//!
//! One subscription brings the first two, in the order in which a node published them. So a count of messages comes
//! behind the messages that it counts, and a node that has heard fewer knows the exact number that is lost.
//!
//! When the bus was away, a node tells its names first, and publishes its messages once it has heard those of the
//! others: a message that comes before they have subscribed again would be lost.
//!
//! Each node's messages come in their order, everywhere. There is no promise about the order of messages from
//! different nodes. What is lost is counted, and the members are told.

mod link;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use async_nats::client::{PublishError, PublishErrorKind};
use async_nats::{Client, ConnectOptions, HeaderMap, Message};
use futures_util::{StreamExt as _, stream};
use tokio::sync::{Notify, mpsc, watch};
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::bounded_queue::{BoundedQueue, Waiting};
use crate::config::Bus;
use crate::room::{Outgoing, Room};
use link::Link;

/// Time between two publications of a node's names.
const TELL_NAMES: Duration = Duration::from_secs(2);

/// Time between two questions whether the NATS server is there.
const PING: Duration = Duration::from_secs(3);

/// Time for the last words of a server that stops.
pub(crate) const GOODBYE: Duration = Duration::from_secs(1);

/// Time for which what waits is held when the bus is back, until the nodes that were there before are there again.
const HOLD: Duration = Duration::from_secs(20);

/// Time between two looks for nodes that are silent.
const FORGET_SILENT: Duration = Duration::from_secs(1);

/// Number of payloads from the bus that wait until the room takes them. Further ones are lost, and are counted.
const UNHEARD: usize = 1024;

/// Number of bytes of the payloads that wait so.
const UNHEARD_BYTES: usize = 16 << 20;

/// Number of payloads that wait in the client of the bus, behind which the outbox fills up.
const UNSENT: usize = 16;

/// Number of messages that one payload holds at most.
const BATCH: usize = 256;

/// Number of bytes of messages that are put into one payload. A longer message has a payload of its own.
const BATCH_BYTES: usize = 64 * 1024;

/// Number of bytes of a payload that are left to its headers.
const HEADERS: usize = 128;

type Error = Box<dyn std::error::Error + Send + Sync>;

/// The node's part in the bus.
struct Node {
    room: Arc<Room>,
    client: Client,
    /// The beginning of all subjects: `hellohi.ROOM`.
    subject: String,
    id: String,
    /// Time since which the bus is connected.
    connected: watch::Receiver<Option<Instant>>,
    stop: CancellationToken,
    /// Number of messages that were published.
    published: AtomicU64,
    /// Notified when the names of another node were heard.
    heard: Notify,
}

/// Joins `room` with those of other servers: hears them until `stop` is cancelled, and publishes what is `waiting` to
/// its end.
pub(crate) async fn run(
    room: Arc<Room>,
    bus: Bus,
    waiting: mpsc::Receiver<Waiting<Outgoing>>,
    stop: CancellationToken,
) {
    let subject = format!("hellohi.{}", bus.room);
    let id = bus.node.clone();
    let (connected_since, connected) = watch::channel(None);
    let link = Link {
        connected_since,
        room: Arc::clone(&room),
        node: bus.node.clone(),
        servers: bus.servers.join(","),
        has_failed: AtomicBool::new(false),
    };
    let options = ConnectOptions::new()
        .no_echo()
        .retry_on_initial_connect()
        .ping_interval(PING)
        .client_capacity(UNSENT)
        .subscription_capacity(UNHEARD)
        .event_callback(move |event| {
            link.tell(&event);
            std::future::ready(())
        });
    let client = match options.connect(bus.servers).await {
        Ok(client) => client,
        Err(error) => return warn!(%error, "there is no bus, so the room is this server's alone"),
    };
    let node = Node {
        room,
        client,
        subject,
        id,
        connected,
        stop: stop.clone(),
        published: AtomicU64::new(0),
        heard: Notify::new(),
    };
    let hear = async {
        stop.run_until_cancelled(node.hear())
            .await
            .unwrap_or(Ok(()))
    };
    if let Err(error) = tokio::try_join!(hear, node.publish_all(waiting)) {
        node.room.link_changed(false);
        warn!(%error, "the bus has failed, so the room is this server's alone");
    }
}

impl Node {
    /// Gives the room what other nodes publish.
    async fn hear(&self) -> Result<(), Error> {
        let subject = &self.subject;
        let public = self.client.subscribe(format!("{subject}.from.*.*")).await?;
        let to_this = format!("{subject}.to.{}", self.id);
        let private = self.client.subscribe(to_this.clone()).await?;
        let (inbox, mut waiting) = BoundedQueue::new(UNHEARD, UNHEARD_BYTES);
        let collect = stream::select(public, private).for_each(|message| {
            let bytes = message.length;
            inbox.add(message, bytes);
            std::future::ready(())
        });
        let mut tick = interval(FORGET_SILENT);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let take = async {
            loop {
                tokio::select! {
                    _ = tick.tick() => self.room.forget_silent_nodes(),
                    Some(Waiting { item: message, .. }) = waiting.recv() => {
                        if message.subject.as_str() == to_this {
                            self.room.hear_private(&message.payload);
                        } else {
                            self.room.wait_for_readers().await;
                            self.hear_public(&message);
                        }
                    }
                }
            }
        };
        tokio::join!(collect, take);
        Ok(())
    }

    fn hear_public(&self, message: &Message) {
        let mut tokens = message.subject.rsplit('.');
        let kind_and_sender = tokens.next().zip(tokens.next());
        match kind_and_sender.filter(|&(_, sender)| sender != self.id) {
            Some(("names", sender)) => {
                let said = number(message, "said");
                self.room.hear_names(sender, said, &message.payload);
                self.heard.notify_one();
            }
            Some(("said", sender)) => {
                let [first, count] = ["first", "count"].map(|name| number(message, name));
                self.room
                    .hear_messages(sender, first, count, &message.payload);
            }
            _ => {}
        }
    }

    /// Publishes what is `waiting` to its end, and tells the names of this node's members again and again. While the
    /// bus is away, and until the others are there again, more and more is `waiting`.
    async fn publish_all(
        &self,
        mut waiting: mpsc::Receiver<Waiting<Outgoing>>,
    ) -> Result<(), Error> {
        let mut tick = interval(TELL_NAMES);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut connected = self.connected.clone();
        let mut batch = Vec::new();
        loop {
            let is_held = !self.may_publish();
            if !is_held && !batch.is_empty() {
                self.publish_batch(&mut batch).await?;
            }
            tokio::select! {
                _ = tick.tick() => if is_held {
                    self.publish_held_names().await?;
                } else {
                    self.room.tell_names();
                },
                received = waiting.recv_many(&mut batch, BATCH), if batch.is_empty() => {
                    if received == 0 {
                        break;
                    }
                }
                _ = connected.changed(), if is_held => {}
                () = self.heard.notified(), if is_held => {}
                () = self.stop.cancelled(), if is_held => {}
            }
        }
        Ok(self.client.flush().await?)
    }

    /// Returns whether messages may be published: the other nodes are there, or have been waited for long enough, or
    /// this one stops.
    fn may_publish(&self) -> bool {
        if self.stop.is_cancelled() {
            return true;
        }
        let Some(since) = *self.connected.borrow() else {
            return false;
        };
        if !self.room.awaits_nodes() {
            return true;
        }
        let is_long_enough = since.elapsed() > HOLD;
        if is_long_enough {
            self.room.await_no_node();
        }
        is_long_enough
    }

    /// Publishes the names of this node's members before the messages that are held.
    async fn publish_held_names(&self) -> Result<(), PublishError> {
        if self.connected.borrow().is_none() {
            return Ok(());
        }
        self.publish_names(self.published.load(Ordering::Relaxed))
            .await
    }

    /// Publishes a batch in its order, as many messages in one payload as it holds.
    async fn publish_batch(&self, batch: &mut Vec<Waiting<Outgoing>>) -> Result<(), PublishError> {
        let most = self.most().min(BATCH_BYTES);
        let mut said = Said::default();
        let mut names = None;
        for Waiting { item: outgoing, .. } in batch.drain(..) {
            // Of several publications of the names one after the other, the last is enough.
            if !matches!(outgoing, Outgoing::Names { .. })
                && let Some(said) = names.take()
            {
                self.publish_names(said).await?;
            }
            match outgoing {
                Outgoing::Names { said: count } => {
                    self.publish_said(&mut said).await?;
                    names = Some(count);
                }
                Outgoing::Private { node, frames } => {
                    let subject = format!("to.{node}");
                    self.publish(&subject, HeaderMap::new(), frames).await?;
                }
                Outgoing::Said { number, frames } => {
                    let is_next = number == said.first + said.count;
                    if !is_next || said.frames.len() + frames.len() > most {
                        self.publish_said(&mut said).await?;
                    }
                    if said.count == 0 {
                        said.first = number;
                    }
                    said.count += 1;
                    said.frames.extend(frames);
                }
            }
        }
        self.publish_said(&mut said).await?;
        match names {
            Some(said) => self.publish_names(said).await,
            None => Ok(()),
        }
    }

    /// Publishes the messages that are collected, if there are any.
    async fn publish_said(&self, said: &mut Said) -> Result<(), PublishError> {
        let Said {
            first,
            count,
            frames,
        } = std::mem::take(said);
        if count == 0 {
            return Ok(());
        }
        let mut headers = HeaderMap::new();
        headers.insert("first", first.to_string());
        headers.insert("count", count.to_string());
        self.published.store(first + count - 1, Ordering::Relaxed);
        let subject = format!("from.{}.said", self.id);
        self.publish(&subject, headers, frames).await
    }

    /// Publishes the names of this node's members, who have said so many messages.
    async fn publish_names(&self, said: u64) -> Result<(), PublishError> {
        let mut headers = HeaderMap::new();
        headers.insert("said", said.to_string());
        let subject = format!("from.{}.names", self.id);
        let names = self.room.names(self.most());
        self.publish(&subject, headers, names).await
    }

    /// Publishes a payload, unless the bus holds none that is so long.
    async fn publish(
        &self,
        subject: &str,
        headers: HeaderMap,
        payload: Vec<u8>,
    ) -> Result<(), PublishError> {
        let subject = format!("{}.{subject}", self.subject);
        let bytes = payload.len();
        let published = self
            .client
            .publish_with_headers(subject, headers, payload.into());
        match published.await {
            Err(error) if error.kind() == PublishErrorKind::MaxPayloadExceeded => {
                warn!(bytes, "the bus takes no payload that is so long");
                Ok(())
            }
            published => published,
        }
    }

    /// Returns the number of bytes of the longest payload without its headers.
    fn most(&self) -> usize {
        let most = match self.client.server_info().max_payload {
            0 => 1 << 20,
            most => most,
        };
        most.saturating_sub(HEADERS)
    }
}

/// Messages that are published together.
#[derive(Default)]
struct Said {
    /// Number of the first.
    first: u64,
    count: u64,
    frames: Vec<u8>,
}

/// Returns the number in a header, or 0 if there is none.
fn number(message: &Message, header: &str) -> u64 {
    let value = message
        .headers
        .as_ref()
        .and_then(|headers| headers.get(header));
    value
        .and_then(|value| value.as_str().parse().ok())
        .unwrap_or(0)
}
