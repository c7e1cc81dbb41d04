//! The answers to a monitor, over HTTP: the numbers of the server for Prometheus, and its health.
//!
//! For example, while one client is served:
//!
//! ```text
//! GET /healthz   200   ok
//! GET /metrics   200   # HELP hellohi_clients Clients that are served now.
//!                      # TYPE hellohi_clients gauge
//!                      hellohi_clients 1
//!                      …
//! ```
//!
//! A monitor is not trusted. It has [`REQUEST_TIMEOUT`] for one request and its answer, of which the head has at most
//! [`MAX_HEAD`] bytes. At most [`MAX_CONNECTIONS`] are open at a time, and one is accepted in [`ACCEPT_INTERVAL`].

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use hyper::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode, server::conn::http1};
use hyper_util::rt::TokioIo;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{
    DescriptorEncoder, EncodeGaugeValue, EncodeMetric, prometheus_text,
};
use prometheus_client::metrics::{MetricType, counter::ConstCounter, gauge::ConstGauge};
use prometheus_client::registry::{Registry, Unit};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::background_writer::BackgroundWriter;
use crate::counters::Counters;
use crate::room::Numbers;
use crate::state::ServerState;

/// Number of monitors that are connected at a time. Further ones wait to be accepted.
const MAX_CONNECTIONS: usize = 8;

/// Time between two accepted connections. It bounds what a monitor that asks all the time costs the clients.
const ACCEPT_INTERVAL: Duration = Duration::from_millis(10);

/// Time from the acceptance of a connection after which it is closed, answered or not.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);

/// Number of bytes that the request line and the headers may have. Hyper takes no less.
const MAX_HEAD: usize = 8192;

const TEXT: &str = "text/plain; charset=utf-8";

/// Answers monitors until the returned tasks are dropped.
pub(crate) fn start(server: &Arc<ServerState>) -> JoinSet<()> {
    let mut registry = Registry::with_prefix("hellohi");
    registry.register_collector(Box::new(ServerNumbers(Arc::clone(server))));
    let registry = Arc::new(registry);
    let listeners = 0..server.config.monitors.len();
    listeners
        .map(|index| serve(index, Arc::clone(server), Arc::clone(&registry)))
        .collect()
}

async fn serve(index: usize, server: Arc<ServerState>, registry: Arc<Registry>) {
    let listener = &server.config.monitors[index];
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        if connections.len() == MAX_CONNECTIONS {
            connections.join_next().await;
        }
        // An error concerns one connection, or there is no file descriptor for a moment.
        if let Ok((stream, _)) = listener.accept().await {
            connections.spawn(answer(stream, Arc::clone(&server), Arc::clone(&registry)));
        }
        sleep(ACCEPT_INTERVAL).await;
    }
}

/// Answers one request and closes the connection.
async fn answer(stream: TcpStream, server: Arc<ServerState>, registry: Arc<Registry>) {
    let service = service_fn(|request| {
        let response = respond(&request, &server, &registry);
        async { Ok::<_, Infallible>(response) }
    });
    let connection = http1::Builder::new()
        .keep_alive(false)
        .max_buf_size(MAX_HEAD)
        .serve_connection(TokioIo::new(stream), service);
    // There is nobody to tell an error to.
    let _ = timeout(REQUEST_TIMEOUT, connection).await;
}

fn respond<B>(request: &Request<B>, server: &ServerState, registry: &Registry) -> Response<String> {
    let (status, kind, text) = match (request.method(), request.uri().path()) {
        (&Method::GET | &Method::HEAD, "/metrics") => {
            let mut text = String::new();
            match prometheus_text::encode(&mut text, registry) {
                Ok(()) => (StatusCode::OK, prometheus_text::CONTENT_TYPE, text),
                Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, TEXT, error.to_string()),
            }
        }
        (&Method::GET | &Method::HEAD, "/healthz") if server.stop.is_cancelled() => {
            (StatusCode::SERVICE_UNAVAILABLE, TEXT, "draining\n".into())
        }
        (&Method::GET | &Method::HEAD, "/healthz") => (StatusCode::OK, TEXT, "ok\n".into()),
        (_, "/metrics" | "/healthz") => (StatusCode::METHOD_NOT_ALLOWED, TEXT, "use GET\n".into()),
        _ => {
            let text = "not found; there are /metrics and /healthz\n".into();
            (StatusCode::NOT_FOUND, TEXT, text)
        }
    };
    let mut response = Response::new(text);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    if status == StatusCode::METHOD_NOT_ALLOWED {
        headers.insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
    }
    response
}

/// The numbers of a server, read at each request.
#[derive(Debug)]
struct ServerNumbers(Arc<ServerState>);

impl Collector for ServerNumbers {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let server = &self.0;
        let mut writer = Writer(encoder);
        let room = server.room.as_ref().map(|room| room.numbers());
        writer.clients(server.clients.total(), &server.counters)?;
        writer.traffic(&server.counters, room.as_ref())?;
        if let Some((transcript, _)) = &server.config.transcript {
            writer.transcript(transcript)?;
        }
        room.map_or(Ok(()), |room| writer.room(&room))
    }
}

/// Writes the numbers of an answer.
struct Writer<'a>(DescriptorEncoder<'a>);

impl Writer<'_> {
    fn clients(&mut self, clients: usize, counters: &Counters) -> fmt::Result {
        self.gauge("clients", "Clients that are served now.", None, clients)?;
        let admitted = "Clients that have been admitted.";
        self.count("clients_admitted", admitted, None, counters.clients.get())?;
        let refused = "Clients that have been refused, by the option that refuses them.";
        let (name, counter) = ("clients_refused", MetricType::Counter);
        let mut family = self.0.encode_descriptor(name, refused, None, counter)?;
        for (option, refused) in [
            ("max-clients", &counters.refused_max_clients),
            ("max-clients-per-address", &counters.refused_max_per_address),
            ("proxy-protocol", &counters.refused_proxy),
        ] {
            let labels = [("reason", option)];
            ConstCounter::new(refused.get()).encode(family.encode_family(&labels)?)?;
        }
        let cut = "Connections that the stopping server has closed before all was done.";
        self.count("connections_cut", cut, None, counters.cut.get())
    }

    fn traffic(&mut self, counters: &Counters, room: Option<&Numbers>) -> fmt::Result {
        let messages = "Messages that have been answered, or that the room has taken.";
        self.count("messages", messages, None, counters.messages.get())?;
        let received = "Bytes that have been received from clients.";
        let bytes = Some(&Unit::Bytes);
        self.count("received", received, bytes, counters.received.get())?;
        let delivered = room.map_or(0, |room| room.sent);
        let sent = "Bytes that have been sent to clients.";
        self.count("sent", sent, bytes, counters.sent.get() + delivered)
    }

    fn transcript(&mut self, transcript: &BackgroundWriter) -> fmt::Result {
        let dropped =
            "Lines that have not been printed, because standard output is slow or closed.";
        self.count("transcript_lines_dropped", dropped, None, transcript.lost())
    }

    fn room(&mut self, room: &Numbers) -> fmt::Result {
        let members = "Members of the room at this server.";
        self.gauge("room_members", members, None, room.members)?;
        let unsent = "Bytes that wait to be sent to members.";
        self.gauge("room_unsent", unsent, Some(&Unit::Bytes), room.unsent)?;
        let lag = "Bytes that wait to be sent to the member that is furthest behind.";
        self.gauge("room_lag", lag, Some(&Unit::Bytes), room.lag)?;
        let Some(is_connected) = room.is_bus_connected else {
            return Ok(());
        };
        let connected = "1 while the bus can be reached, else 0.";
        self.gauge("bus_connected", connected, None, usize::from(is_connected))?;
        let servers = "Other servers that hold the room.";
        self.gauge("bus_servers", servers, None, room.other_servers)?;
        let members = "Members of the room at other servers.";
        self.gauge("bus_members", members, None, room.other_members)?;
        let lost = "Messages of other servers that the bus has lost.";
        self.count("bus_messages_lost", lost, None, room.lost)
    }

    fn count(&mut self, name: &str, help: &str, unit: Option<&Unit>, count: u64) -> fmt::Result {
        let kind = MetricType::Counter;
        let encoder = self.0.encode_descriptor(name, help, unit, kind)?;
        ConstCounter::new(count).encode(encoder)
    }

    fn gauge(
        &mut self,
        name: &str,
        help: &str,
        unit: Option<&Unit>,
        value: impl EncodeGaugeValue,
    ) -> fmt::Result {
        let kind = MetricType::Gauge;
        let encoder = self.0.encode_descriptor(name, help, unit, kind)?;
        ConstGauge::new(value).encode(encoder)
    }
}
