//! Help in kind.

use devisa_proto::shipment::v1::{
    CreateSponsorshipRequest, DeleteSponsorshipRequest, Sponsorship, sponsorship::Kind,
};

use super::Shipments;
use crate::{
    answer::{Answer, Faults, Refused},
    keeper::Moment,
    money::cents,
    resource::{Resource, check_free, get, wire_time},
};

impl Shipments {
    /// What is wrong with a request to record a sponsorship.
    ///
    /// # Errors
    /// The violations.
    pub fn check_create_sponsorship(&self, request: &CreateSponsorshipRequest) -> Answer<()> {
        let sponsorship = request.sponsorship.clone().unwrap_or_default();
        let mut faults = Faults::default();
        faults.required(!sponsorship.sponsor.is_empty(), "sponsorship.sponsor");
        faults.required(sponsorship.kind() != Kind::Unspecified, "sponsorship.kind");
        let named = [&sponsorship.release, &sponsorship.shipment].map(|name| !name.is_empty());
        faults.required(named != [false, false], "sponsorship.release");
        faults.unless(named != [true, true], "sponsorship.shipment", "SPONSORSHIP_RECIPIENT");
        let worth = cents(sponsorship.in_kind_value.as_ref());
        faults.unless(worth >= 0, "sponsorship.in_kind_value", "MONEY_NEGATIVE");
        Refused::telling(faults.none(), self.check_named(&sponsorship))
    }

    /// That somebody or something is named that does not exist.
    fn check_named(&self, sponsorship: &Sponsorship) -> Answer<()> {
        let Sponsorship { sponsor, release, shipment, .. } = sponsorship;
        let mut faults = Faults::default();
        let known = sponsor.is_empty() || self.organisations.contains_key(sponsor);
        faults.unless(known, "sponsorship.sponsor", "REFERENCE_EXISTS");
        let known = release.is_empty() || self.releases.contains_key(release);
        faults.unless(known, "sponsorship.release", "REFERENCE_EXISTS");
        let known = shipment.is_empty() || self.shipments.contains_key(shipment);
        faults.unless(known, "sponsorship.shipment", "REFERENCE_EXISTS");
        faults.none()
    }

    /// Records a sponsorship.
    ///
    /// # Errors
    /// As the contract says.
    pub fn create_sponsorship(
        &mut self,
        moment: &mut Moment,
        request: &CreateSponsorshipRequest,
    ) -> Answer<Sponsorship> {
        let name = format!("sponsorships/{}", request.sponsorship_id);
        check_free(&self.sponsorships, &name, "sponsorship_id")?;
        let mut sponsorship = request.sponsorship.clone().unwrap_or_default();
        self.check_named(&sponsorship)?;
        let sponsor = self.organisations.get(&sponsorship.sponsor);
        sponsorship.sponsor_display_name =
            sponsor.map(|sponsor| sponsor.display_name.clone()).unwrap_or_default();
        let sponsorship = sponsorship.first(&name, moment.now);
        self.keep_sponsorship(moment, "created", sponsorship)
    }

    /// Hides a sponsorship.
    ///
    /// # Errors
    /// As the contract says.
    pub fn delete_sponsorship(
        &mut self,
        moment: &mut Moment,
        request: &DeleteSponsorshipRequest,
    ) -> Answer<Sponsorship> {
        let current = get(&self.sponsorships, &request.name)?;
        if current.is_deleted() {
            return Err(Refused::absent(&request.name));
        }
        current.check_etag(&request.etag)?;
        let mut next = current.clone().after(&current, moment.now);
        next.delete_time = Some(wire_time(next.updated()));
        self.keep_sponsorship(moment, "deleted", next)
    }

    fn keep_sponsorship(
        &mut self,
        moment: &mut Moment,
        what: &str,
        sponsorship: Sponsorship,
    ) -> Answer<Sponsorship> {
        self.sponsorships.insert(sponsorship.name.clone(), sponsorship.clone());
        moment.tell(&format!("sponsorship.{what}"), &sponsorship);
        Ok(sponsorship)
    }
}
