//! The bus that joins the rooms of many servers: NATS.
//!
//! A node publishes under three subjects, of which the last token is a node:
//!
//! | subject | payload | when |
//! |---|---|---|
//! | `hellohi.ROOM.people.SENDER` | a frame for each member's name | on every change, and every few seconds |
//! | `hellohi.ROOM.said.SENDER` | the frames of messages; the header `first` numbers the first of them, `count` counts them | after the node's own members were sent them |
//! | `hellohi.ROOM.private.RECEIVER` | sender, receiver and text, a frame each or more | for `/msg` |
//!
//! Each node's messages come in their order, everywhere. There is no promise about the order of messages from
//! different nodes. What is lost is counted, and the members are told.

use std::sync::Arc;
use std::time::Duration;

use async_nats::{Client, ConnectOptions, Event, HeaderMap, Message};
use futures_util::StreamExt as _;
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::config::Bus;
use crate::room::{Outgoing, Room};

/// Time between two tellings of a node's names.
const TELL_NAMES: Duration = Duration::from_secs(2);

/// Time between two questions whether the NATS server is there.
const PING: Duration = Duration::from_secs(5);

/// Time for the goodbye of a server that stops.
const GOODBYE: Duration = Duration::from_secs(1);

/// Number of messages that wait for the bus. Further ones are lost, and the other nodes notice that.
pub(crate) const QUEUE: usize = 4096;

/// Number of messages that one payload holds at most.
const BATCH: usize = 256;

/// The node's part in the bus.
struct Node {
    room: Arc<Room>,
    client: Client,
    /// The beginning of all subjects: `hellohi.ROOM`.
    subject: String,
    id: String,
}

/// Joins `room` with those of other servers, until `stop` is cancelled.
pub(crate) async fn run(
    room: Arc<Room>,
    bus: Bus,
    outgoing: mpsc::Receiver<Outgoing>,
    stop: CancellationToken,
) {
    let subject = format!("hellohi.{}", bus.room);
    let id = bus.node.clone();
    let told = Arc::clone(&room);
    let options = ConnectOptions::new()
        .no_echo()
        .retry_on_initial_connect()
        .ping_interval(PING)
        .event_callback(move |event| {
            tell_of_link(&told, &event);
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
    };
    if let Err(error) = node.serve(outgoing, &stop).await {
        warn!(%error, "the bus has failed, so the room is this server's alone");
    }
}

fn tell_of_link(room: &Room, event: &Event) {
    match event {
        Event::Connected => {
            info!("connected to the bus");
            room.link_changed(true);
        }
        Event::Disconnected => {
            warn!("the connection to the bus is lost");
            room.link_changed(false);
        }
        other => info!(event = %other, "bus"),
    }
}

impl Node {
    async fn serve(
        &self,
        mut outgoing: mpsc::Receiver<Outgoing>,
        stop: &CancellationToken,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let subject = &self.subject;
        let mut people = self.client.subscribe(format!("{subject}.people.*")).await?;
        let mut said = self.client.subscribe(format!("{subject}.said.*")).await?;
        let private = format!("{subject}.private.{}", self.id);
        let mut private = self.client.subscribe(private).await?;
        let mut tick = interval(TELL_NAMES);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut batch = Vec::new();
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                _ = tick.tick() => {
                    self.room.forget_silent_nodes();
                    self.tell_names().await?;
                }
                () = self.room.members_changed() => self.tell_names().await?,
                _ = outgoing.recv_many(&mut batch, BATCH) => self.publish(&mut batch).await?,
                Some(message) = people.next() => {
                    if let Some(node) = self.sender(&message) {
                        self.room.hear_names(node, &message.payload);
                    }
                }
                Some(message) = said.next() => {
                    if let Some(node) = self.sender(&message) {
                        self.room.wait_for_readers().await;
                        let [first, count] = ["first", "count"].map(|name| number(&message, name));
                        self.room.hear_messages(node, first, count, &message.payload);
                    }
                }
                Some(message) = private.next() => self.room.hear_private(&message.payload),
            }
        }
        let goodbye = async {
            self.client
                .publish(format!("{subject}.people.{}", self.id), "".into())
                .await?;
            self.client.flush().await?;
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>(())
        };
        timeout(GOODBYE, goodbye).await.unwrap_or(Ok(()))
    }

    /// Returns the node that published the message.
    fn sender<'m>(&self, message: &'m Message) -> Option<&'m str> {
        let node = message.subject.rsplit('.').next()?;
        (node != self.id).then_some(node)
    }

    async fn tell_names(&self) -> Result<(), async_nats::PublishError> {
        let subject = format!("{}.people.{}", self.subject, self.id);
        self.client.publish(subject, self.room.names().into()).await
    }

    /// Publishes what waits, as many messages in one payload as it holds.
    async fn publish(&self, batch: &mut Vec<Outgoing>) -> Result<(), async_nats::PublishError> {
        let most = self.client.server_info().max_payload;
        let most = if most == 0 { 1 << 20 } else { most };
        let mut payload = Vec::new();
        let (mut first, mut count) = (0, 0);
        for outgoing in batch.drain(..) {
            match outgoing {
                Outgoing::Private { node, frames } if frames.len() <= most => {
                    let subject = format!("{}.private.{node}", self.subject);
                    self.client.publish(subject, frames.into()).await?;
                }
                Outgoing::Said { number, frames } if frames.len() <= most => {
                    let is_next = number == first + count;
                    if count > 0 && (!is_next || payload.len() + frames.len() > most) {
                        self.publish_said(first, count, &mut payload).await?;
                        count = 0;
                    }
                    if count == 0 {
                        first = number;
                    }
                    count += 1;
                    payload.extend(frames);
                }
                // No payload holds it, so it is lost.
                Outgoing::Private { .. } | Outgoing::Said { .. } => {}
            }
        }
        if count > 0 {
            self.publish_said(first, count, &mut payload).await?;
        }
        Ok(())
    }

    async fn publish_said(
        &self,
        first: u64,
        count: u64,
        payload: &mut Vec<u8>,
    ) -> Result<(), async_nats::PublishError> {
        let mut headers = HeaderMap::new();
        headers.insert("first", first.to_string());
        headers.insert("count", count.to_string());
        let subject = format!("{}.said.{}", self.subject, self.id);
        let payload = std::mem::take(payload).into();
        self.client
            .publish_with_headers(subject, headers, payload)
            .await
    }
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
