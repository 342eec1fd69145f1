//! Every epoch's metrics over HTTP: Keras's `RemoteMonitor`.

use std::time::Duration;

use serde_json::{Map, Value};
use ureq::Agent;

use crate::callback::HookResult;
use crate::json_lines_logger::insert_metrics;
use crate::{Callback, CallbackError, Context, Flow};

const PATH: &str = "/publish/epoch/end/";
const FIELD: &str = "data";
const TIMEOUT: Duration = Duration::from_secs(5);

/// Posts the epoch (from 1; Keras counts from 0) and its metrics to a server after every epoch, as a JSON object:
/// `{"epoch":3,"train_loss":0.31,"valid_loss":0.28}`. Needs the feature `remote`. Goes last among the callbacks, so that it sees
/// what the others add.
///
/// A server that is not there, answers with an error or takes longer than the timeout does not end the training: it is noticed, and
/// the epoch's figures are not sent again. JSON has no NaN and no infinities: they are the strings `"NaN"`, `"Infinity"` and
/// `"-Infinity"`. A run that is resumed within an epoch, or from before its end, posts that epoch when it ends; the server may have
/// seen it already.
///
/// ```
/// use firebrick_callbacks::RemoteMonitor;
///
/// let monitor = RemoteMonitor::new("http://localhost:9000").header("Authorization", "Bearer 7f3a").send_as_json(true);
/// ```
#[derive(Debug)]
pub struct RemoteMonitor {
    root: String,
    path: String,
    field: String,
    headers: Vec<(String, String)>,
    send_as_json: bool,
    timeout: Duration,
    agent: Option<Agent>,
}

impl RemoteMonitor {
    /// Posts to the server at `root`, such as `http://localhost:9000`.
    pub fn new(root: impl Into<String>) -> Self {
        Self {
            root: root.into(),
            path: PATH.to_owned(),
            field: FIELD.to_owned(),
            headers: Vec::new(),
            send_as_json: false,
            timeout: TIMEOUT,
            agent: None,
        }
    }

    /// Where on the server. Default `/publish/epoch/end/`.
    pub fn path(self, path: impl Into<String>) -> Self {
        Self { path: path.into(), ..self }
    }

    /// The form's field that holds the object, unless it is sent as JSON. Default `data`.
    pub fn field(self, field: impl Into<String>) -> Self {
        Self { field: field.into(), ..self }
    }

    /// Adds a header to every request. Default: none.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Whether the object is the request's body, with the type `application/json`, and not a form's field. Default `false`.
    pub fn send_as_json(self, json: bool) -> Self {
        Self { send_as_json: json, ..self }
    }

    /// How long a request may take altogether; the training waits for it. Default 5 s.
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    fn url(&self) -> String {
        format!("{}{}", self.root, self.path)
    }

    fn post(&self, agent: &Agent, data: &str) -> Result<(), ureq::Error> {
        let mut request = agent.post(self.url());
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if self.send_as_json {
            request.content_type("application/json").send(data)?;
        } else {
            request.send_form([(self.field.as_str(), data)])?;
        }
        Ok(())
    }
}

impl Callback for RemoteMonitor {
    fn name(&self) -> &str {
        "RemoteMonitor"
    }

    fn keeps_files(&self) -> bool {
        true
    }

    fn on_train_begin(&mut self, _context: &mut Context<'_>) -> HookResult {
        if !self.root.starts_with("http://") && !self.root.starts_with("https://") {
            let rule = "the server's address begins with http:// or https://";
            return Err(CallbackError::Setting { setting: "root", value: self.root.clone(), rule });
        }
        self.agent = Some(Agent::config_builder().timeout_global(Some(self.timeout)).build().new_agent());
        Ok(Flow::Continue)
    }

    fn on_epoch_end(&mut self, context: &mut Context<'_>) -> HookResult {
        let mut object = Map::new();
        object.insert("epoch".to_owned(), context.epoch().into());
        insert_metrics(&mut object, context.metrics());
        let Some(agent) = &self.agent else { return Ok(Flow::Continue) };
        if let Err(error) = self.post(agent, &Value::Object(object).to_string()) {
            let (url, epoch) = (self.url(), context.epoch());
            context.notice(format!("the metrics of epoch {epoch} did not reach {url}: {error}"));
        }
        Ok(Flow::Continue)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Read, Write};
    use std::net::{TcpListener, TcpStream};
    use std::thread::JoinHandle;
    use std::time::Instant;

    use super::*;
    use crate::Split;
    use crate::metrics::MetricTable;
    use crate::testing::{FakeLearner, context_of};

    /// A request's first line and headers, and its body.
    type Request = (Vec<String>, String);

    fn read(connection: &TcpStream) -> Request {
        let mut reader = BufReader::new(connection);
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            if line.trim().is_empty() {
                break;
            }
            lines.push(line.trim().to_lowercase());
        }
        let length = lines.iter().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
        let mut body = vec![0; length.parse().unwrap()];
        reader.read_exact(&mut body).unwrap();
        (lines, String::from_utf8(body).unwrap())
    }

    /// A server for one request, with its address.
    fn server(answer: &'static str) -> (String, JoinHandle<Request>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let root = format!("http://{}", listener.local_addr().unwrap());
        let thread = std::thread::spawn(move || {
            let (mut connection, _) = listener.accept().unwrap();
            let request = read(&connection);
            write!(connection, "HTTP/1.1 {answer}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").unwrap();
            request
        });
        (root, thread)
    }

    /// The notices after an epoch's end.
    fn epoch(mut monitor: RemoteMonitor) -> Vec<String> {
        let mut metrics = MetricTable::default();
        metrics.push(Split::Train, "Loss", None, 0.25);
        metrics.push(Split::Valid, "Loss", None, f64::NAN);
        let mut learner = FakeLearner::default();
        context_of(3, &mut metrics, &mut learner, |context| {
            monitor.on_train_begin(context).unwrap();
            assert_eq!(monitor.on_epoch_end(context).unwrap(), Flow::Continue);
        });
        learner.notices
    }

    #[test]
    fn the_metrics_are_a_field_of_a_form() {
        let (root, thread) = server("200 OK");
        assert!(epoch(RemoteMonitor::new(root)).is_empty());
        let (head, body) = thread.join().unwrap();
        assert_eq!(head[0], "post /publish/epoch/end/ http/1.1");
        assert!(head.contains(&"content-type: application/x-www-form-urlencoded".to_owned()), "{head:?}");
        let decoded = body.replace("%7B", "{").replace("%22", "\"").replace("%3A", ":");
        let decoded = decoded.replace("%2C", ",").replace("%7D", "}");
        assert_eq!(decoded, r#"data={"epoch":3,"train_loss":0.25,"valid_loss":"NaN"}"#);
    }

    #[test]
    fn or_the_body_itself_as_json_with_headers_of_ones_own() {
        let (root, thread) = server("204 No Content");
        let monitor = RemoteMonitor::new(root).path("/here").send_as_json(true).header("X-Run", "seven");
        assert!(epoch(monitor).is_empty());
        let (head, body) = thread.join().unwrap();
        assert_eq!(head[0], "post /here http/1.1");
        for line in ["content-type: application/json", "x-run: seven"] {
            assert!(head.contains(&line.to_owned()), "{head:?}");
        }
        assert_eq!(body, r#"{"epoch":3,"train_loss":0.25,"valid_loss":"NaN"}"#);
    }

    #[test]
    fn a_server_that_refuses_is_noticed_and_the_training_goes_on() {
        let (root, thread) = server("500 Internal Server Error");
        let notices = epoch(RemoteMonitor::new(&root));
        thread.join().unwrap();
        let expected = format!("the metrics of epoch 3 did not reach {root}/publish/epoch/end/: http status: 500");
        assert_eq!(notices, [expected]);
    }

    #[test]
    fn a_server_that_is_not_there_or_does_not_answer_is_noticed_soon() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let root = format!("http://{}", listener.local_addr().unwrap());
        let begin = Instant::now();
        let notices = epoch(RemoteMonitor::new(&root).timeout(Duration::from_millis(200)));
        assert!(notices.len() == 1 && notices[0].contains("timeout"), "{notices:?}");
        drop(listener);
        assert_eq!(epoch(RemoteMonitor::new(&root)).len(), 1);
        assert_eq!(epoch(RemoteMonitor::new(&root).header("bad name", "x")).len(), 1);
        assert!(begin.elapsed() < TIMEOUT, "{:?}", begin.elapsed());
    }

    #[test]
    fn an_address_without_a_scheme_is_refused_before_the_first_step() {
        let mut monitor = RemoteMonitor::new("localhost:9000");
        let error = context_of(1, &mut MetricTable::default(), &mut FakeLearner::default(), |context| {
            monitor.on_train_begin(context).unwrap_err().to_string()
        });
        assert_eq!(error, "root = localhost:9000: the server's address begins with http:// or https://");
    }
}
