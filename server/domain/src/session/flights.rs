//! One flight: requests of this instance that bring the same refresh token from the same browser at the same
//! time share one refresh. Ten tabs that wake together, or five hundred requests of a mad script, cost the
//! stores what one costs.
//!
//! A flight takes nobody along any more once its last statement is on its way ([`Departure`]): whoever comes
//! after an end has been answered must not be handed what was decided before.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures_util::{
    FutureExt,
    future::{BoxFuture, Shared},
};
use tracing::Instrument;

use crate::{
    ports::StoreError,
    session::{
        Client, refresh::RefreshError, refresh_token::RefreshToken, start_session::IssuedTokens,
    },
};

type Landing = Result<IssuedTokens, RefreshError>;

/// What makes two requests one: the whole token, both its MACs included, and the browser. A token that only
/// names the same generation may be forged, and one from elsewhere is to be counted.
type Passage = (RefreshToken, Client);

/// The refreshes that are under way in this instance. Cloning shares them.
#[derive(Clone, Default)]
pub struct Flights(Arc<Mutex<HashMap<Passage, Shared<BoxFuture<'static, Landing>>>>>);

impl Flights {
    /// Joins the flight of this token, or begins one. It lands even if everybody who waits for it leaves.
    pub(crate) async fn board<F>(
        &self,
        token: RefreshToken,
        client: Client,
        begin: impl FnOnce(Departure) -> F + Send + 'static,
    ) -> Landing
    where
        F: Future<Output = Landing> + Send + 'static,
    {
        let passage = (token, client);
        let flight = {
            let mut flights = self.lock();
            match flights.get(&passage) {
                Some(flight) => flight.clone(),
                None => {
                    let departure =
                        Departure { flights: self.clone(), passage: Some(passage.clone()) };
                    // Begun within its task: what crashes there does so without the lock that is held here.
                    let begin = async move { begin(departure).await };
                    let flight = tokio::spawn(begin.in_current_span())
                        .map(|landed| {
                            landed.unwrap_or_else(|error| {
                                Err(StoreError::new("refresh a session", error).into())
                            })
                        })
                        .boxed()
                        .shared();
                    flights.insert(passage, flight.clone());
                    flight
                }
            }
        };
        flight.await
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Passage, Shared<BoxFuture<'static, Landing>>>> {
        // Nothing is done under the lock that could leave the map by halves.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Flights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Flights({})", self.lock().len())
    }
}

/// The open doors of a flight. They close at the latest when the flight has landed, or crashed.
pub(crate) struct Departure {
    flights: Flights,
    passage: Option<Passage>,
}

impl Departure {
    /// From here on a request with the same token begins a flight of its own.
    pub(crate) fn close_doors(&mut self) {
        // Once: the place may be another flight's by the time that this one lands.
        if let Some(passage) = self.passage.take() {
            self.flights.lock().remove(&passage);
        }
    }
}

impl Drop for Departure {
    fn drop(&mut self) {
        self.close_doors();
    }
}

#[cfg(test)]
mod tests;
