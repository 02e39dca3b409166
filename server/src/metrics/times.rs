//! Times of what the site asks of others: the operations of its stores, and the delivery of mails. Histograms for
//! Prometheus, by result.

use std::time::Instant;

use metrics::{Histogram, describe_histogram, histogram};
use strum::IntoStaticStr;

const OPERATIONS: &str = "store_operation_duration_seconds";
const MAILS: &str = "mail_delivery_duration_seconds";

/// Describes the histograms, and begins those of mails, so that `increase()` sees the first failure.
pub(super) fn describe() {
    describe_histogram!(OPERATIONS, "Seconds of an operation, by store, operation and result");
    describe_histogram!(MAILS, "Seconds until a mail was delivered or failed, by result");
    Times::of_mails();
}

/// A store, by what it keeps.
#[derive(Debug, Clone, Copy, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub(crate) enum Store {
    Database,
    Limits,
    LiveSessions,
    Visitors,
}

/// The times of one operation. Both series are registered once, so that measuring allocates nothing. Cloning shares
/// them.
#[derive(Debug, Clone)]
pub(crate) struct Times {
    ok: Histogram,
    error: Histogram,
}

impl Times {
    /// Those of an operation of a store. It is named as in the log of its failures.
    pub(crate) fn of(store: Store, operation: &'static str) -> Self {
        let store: &str = store.into();
        Self::by_result(
            |result| histogram!(OPERATIONS, "store" => store, "operation" => operation, "result" => result),
        )
    }

    /// Those of the delivery of mails.
    pub(crate) fn of_mails() -> Self {
        Self::by_result(|result| histogram!(MAILS, "result" => result))
    }

    fn by_result(series: impl Fn(&'static str) -> Histogram) -> Self {
        Self { ok: series("ok"), error: series("error") }
    }

    /// Measures one operation. One whose request has gone away is not counted.
    pub(crate) async fn measure<T, E>(
        &self,
        operation: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let begun = Instant::now();
        let result = operation.await;
        match &result {
            Ok(_) => self.succeeded(begun),
            Err(_) => self.failed(begun),
        }
        result
    }

    /// Counts an operation that has succeeded now.
    pub(crate) fn succeeded(&self, begun: Instant) {
        self.ok.record(begun.elapsed());
    }

    /// Counts an operation that has failed now.
    pub(crate) fn failed(&self, begun: Instant) {
        self.error.record(begun.elapsed());
    }
}

#[cfg(test)]
mod tests {
    use metrics_exporter_prometheus::PrometheusBuilder;

    use super::*;

    #[test]
    fn an_operation_is_counted_by_its_result() {
        let recorder = PrometheusBuilder::new().build_recorder();
        let times = metrics::with_local_recorder(&recorder, || {
            Times::of(Store::Limits, "count an attempt")
        });
        let measured = async {
            assert_eq!(times.measure(async { Ok::<_, ()>(1) }).await, Ok(1));
            assert_eq!(times.measure(async { Err::<(), _>(2) }).await, Err(2));
            assert_eq!(times.measure(async { Err::<(), _>(3) }).await, Err(3));
        };
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(measured);
        let shown = recorder.handle().render();
        for (result, count) in [("ok", 1), ("error", 2)] {
            let line = format!(
                "{OPERATIONS}_count{{store=\"limits\",operation=\"count an attempt\",result=\"{result}\"}} {count}"
            );
            assert!(shown.contains(&line), "{line} in {shown}");
        }
    }
}
