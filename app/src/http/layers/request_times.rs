//! Times of requests by route and class of status, as a histogram for Prometheus.
//!
//! A route is one that the router declared, never a path that a client sent, so the number of series is bounded. Each
//! series is registered by the first request that it counts; after that a request costs one look-up of its path, and no
//! allocation.

use std::{collections::HashMap, sync::OnceLock, time::Duration};

use metrics::{Histogram, describe_histogram, histogram};

const DURATION: &str = "http_request_duration_seconds";
/// The route of static files and of unknown paths.
const OTHER: &str = "other";
const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/// Describes the histogram.
pub(super) fn describe() {
    describe_histogram!(
        DURATION,
        "Seconds until the response begins, by route and class of status; a refused form has the status of its problem"
    );
}

/// The times of all routes.
pub(crate) struct RequestTimes {
    routes: HashMap<String, RouteTimes>,
    other: RouteTimes,
}

/// The times of one route.
pub(crate) struct RouteTimes {
    route: String,
    by_class: [OnceLock<Histogram>; CLASSES.len()],
}

impl Default for RequestTimes {
    fn default() -> Self {
        Self { routes: HashMap::new(), other: RouteTimes::new(OTHER) }
    }
}

impl RequestTimes {
    /// Declares a route, and returns its path for the router.
    pub(crate) fn declare<'a>(&mut self, path: &'a str) -> &'a str {
        assert!(!path.contains('{'), "declare each value of a parameter: {path}");
        self.routes.insert(path.to_owned(), RouteTimes::new(path));
        path
    }

    /// The times of the route at this path.
    pub(crate) fn of(&self, path: &str) -> &RouteTimes {
        self.routes.get(path).unwrap_or(&self.other)
    }
}

impl RouteTimes {
    fn new(route: &str) -> Self {
        Self { route: route.to_owned(), by_class: Default::default() }
    }

    /// Counts a request.
    pub(crate) fn record(&self, status: u16, time: Duration) {
        let class = usize::from(status / 100).clamp(1, CLASSES.len()) - 1;
        let times = self.by_class[class].get_or_init(
            || histogram!(DURATION, "route" => self.route.clone(), "status" => CLASSES[class]),
        );
        times.record(time);
    }
}

#[cfg(test)]
mod tests {
    use metrics_exporter_prometheus::PrometheusBuilder;

    use super::*;

    #[test]
    fn requests_are_counted_by_declared_routes_and_classes_of_status_only() {
        let recorder = PrometheusBuilder::new().build_recorder();
        metrics::with_local_recorder(&recorder, || {
            let mut times = RequestTimes::default();
            times.declare("/login");
            for (path, status) in [
                ("/login", 200),
                ("/login", 204),
                ("/login", 503),
                ("/login/", 404),
                ("/api/no-such-function", 404),
                ("/favicon.svg", 0),
            ] {
                times.of(path).record(status, Duration::from_millis(1));
            }
        });
        let shown = recorder.handle().render();
        let counts = shown.lines().filter(|line| line.contains("_count"));
        let mut counts: Vec<_> = counts.filter_map(|line| line.split_once("_count")).collect();
        counts.sort_unstable();
        assert_eq!(
            counts.iter().map(|(_, labels)| *labels).collect::<Vec<_>>(),
            [
                r#"{route="/login",status="2xx"} 2"#,
                r#"{route="/login",status="5xx"} 1"#,
                r#"{route="other",status="1xx"} 1"#,
                r#"{route="other",status="4xx"} 2"#,
            ]
        );
    }

    #[test]
    #[should_panic(expected = "declare each value")]
    fn a_route_with_a_parameter_cannot_be_declared() {
        RequestTimes::default().declare("/api/{function}");
    }
}
