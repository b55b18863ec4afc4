//! Counts, made anew from every history.

use std::collections::BTreeMap;

use devisa_domain::village;
use devisa_proto::registry::v1::{
    CountEnrolmentsRequest, CountEnrolmentsResponse, RegencyCount, enrolment::State,
};
use sha2::{Digest, Sha256};

use super::{Registry, filters::in_region, parent, state_on};
use crate::{
    answer::Answer,
    keeper::Call,
    resource::{Resource, date, get, instant, wire_time},
};

impl Registry {
    /// Counts enrolments as of a day, as far as was known at an instant.
    ///
    /// # Errors
    /// `RESOURCE_NOT_FOUND`.
    pub fn count(
        &self,
        call: &Call,
        request: &CountEnrolmentsRequest,
    ) -> Answer<CountEnrolmentsResponse> {
        get(&self.programmes, &request.parent)?;
        let as_of = date(request.as_of.as_ref()).unwrap_or(call.now.jakarta_date());
        let known_at = request.known_at.as_ref().map_or(call.now, |time| instant(Some(time)));
        let asked: Vec<State> = match request.states().collect::<Vec<_>>() {
            none if none.is_empty() => {
                vec![State::Designated, State::Inaugurated, State::Suspended]
            }
            some => some,
        };
        let inside = |name: &str| {
            let code = name.rsplit('/').next().unwrap_or_default();
            parent(name) == request.parent && in_region(code, &request.region)
        };
        let here: Vec<_> = self.enrolments.values().filter(|e| inside(&e.name)).collect();
        let counted: Vec<_> = here
            .iter()
            .filter(|e| state_on(e, as_of, known_at).is_some_and(|s| asked.contains(&s)))
            .map(|e| e.name.clone())
            .collect();

        let decrees: Vec<_> = self
            .decrees
            .values()
            .filter(|d| parent(&d.name) == request.parent && d.region == request.region)
            .filter(|d| date(d.issue_date.as_ref()) <= Some(as_of) && d.created() <= known_at)
            .collect();
        // Each time that one is revoked takes one designation back; it may be designated anew.
        let revoked = here.iter().flat_map(|e| &e.history).filter(|entry| {
            entry.state() == State::Revoked
                && date(entry.effective_date.as_ref()) <= Some(as_of)
                && instant(entry.record_time.as_ref()) <= known_at
        });
        let declared: i32 = decrees.iter().map(|d| d.declared_village_count).sum();
        let declared = (declared - i32::try_from(revoked.count()).unwrap_or(i32::MAX)).max(0);
        let told = !decrees.is_empty() && asked.contains(&State::Designated);

        let mut regencies = BTreeMap::<String, i32>::new();
        for name in &counted {
            let code = name.rsplit('/').next().unwrap_or_default();
            *regencies.entry(code[..5].to_owned()).or_default() += 1;
        }
        let digest = Sha256::digest(counted.join("\n"));
        Ok(CountEnrolmentsResponse {
            listed_count: i32::try_from(counted.len()).unwrap_or(i32::MAX),
            declared_count: told.then_some(declared),
            regencies: regencies
                .into_iter()
                .map(|(region, listed_count)| RegencyCount {
                    display_name: village::region_name(&region).unwrap_or_default().to_owned(),
                    region,
                    listed_count,
                })
                .collect(),
            digest: digest.iter().map(|byte| format!("{byte:02x}")).collect(),
            as_of: Some(crate::resource::wire_date(as_of)),
            known_at: Some(wire_time(known_at)),
        })
    }
}
