//! What becomes of deals by what becomes of shipments.

use super::*;

impl World {
    /// Waits until the service has heard of what became of shipments, and compares what it made of
    /// it. How many versions that took depends on how much was heard at once, so the model takes
    /// the etags, and the events in between, as they are.
    pub(super) async fn follow(&mut self) -> Result<(), String> {
        let revision = self.watch().await?;
        let heard = async {
            while self.ledger.place("shipments").await.unwrap().revision() < revision.as_str() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        let late = |_| "the service did not hear of shipments in time".to_owned();
        tokio::time::timeout(PATIENCE, heard).await.map_err(late)?;
        let call = Call {
            method: "follow",
            actor: devisa_deal::Deals::NAME.to_owned(),
            now: self.clock.now(),
            request_id: String::new(),
            request: vec![],
            validate_only: false,
        };
        let before = self.model.events.len();
        let shipments = &self.goods.model.state;
        let followed = self.model.mutate(
            &call,
            |_, _| Ok(()),
            |state, moment| state.follow(moment, shipments),
        );
        followed.map_err(|refused| format!("the model: {refused:?}"))?;
        let model = self.model.events.split_off(before);
        if model.is_empty() {
            return Ok(());
        }
        let begun = Instant::now();
        loop {
            let all = self.events_now().await;
            let outcome = self.settled(&model, all.get(before..).unwrap_or_default());
            if outcome.is_ok() || begun.elapsed() > self.lag {
                return outcome;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// The revision of the last event of a shipment; each is compared as it comes.
    pub(super) async fn watch(&mut self) -> Result<String, String> {
        let of_shipments = |event: &&Happened| event.subject.starts_with("shipments/");
        let model: Vec<_> = self.goods.model.events.iter().filter(of_shipments).collect();
        let mut revision = String::new();
        while self.watched < model.len() {
            let next = tokio::time::timeout(PATIENCE, self.watch.message()).await;
            let next = next.map_err(|_| "an event does not come".to_owned())?;
            let next = next.map_err(|status| format!("the watch: {status}"))?;
            if let Some(Update::Event(event)) = next.and_then(|message| message.update) {
                same("a watched event", model[self.watched], &happened(&event))?;
                revision = event.revision;
                self.watched += 1;
            }
        }
        Ok(revision)
    }

    /// Compares the last event of each resource, and takes the service's.
    pub(super) fn settled(&mut self, model: &[Happened], found: &[Event]) -> Result<(), String> {
        let last = |events: &[Happened]| -> BTreeMap<String, Happened> {
            events.iter().map(|event| (event.subject.clone(), event.clone())).collect()
        };
        let found: Vec<_> = found.iter().map(happened).collect();
        let (wanted, told) = (last(model), last(&found));
        let names = |of: &BTreeMap<String, Happened>| of.keys().cloned().collect::<Vec<_>>();
        same("what followed from shipments", &names(&wanted), &names(&told))?;
        let mut etags = vec![];
        for (name, wanted) in wanted {
            let mut told = told[&name].clone();
            let etag = if parent(&name).is_empty() {
                let deal = Deal::decode(told.data.as_slice()).unwrap();
                let model = Deal::decode(wanted.data.as_slice()).unwrap();
                grown(&model, &deal)?;
                let etag = deal.etag.clone();
                told.data = Deal { etag: model.etag, ..deal }.encode_to_vec();
                etag
            } else {
                let realisation = Realisation::decode(told.data.as_slice()).unwrap();
                let model = Realisation::decode(wanted.data.as_slice()).unwrap();
                grown(&model, &realisation)?;
                let etag = realisation.etag.clone();
                told.data = Realisation { etag: model.etag, ..realisation }.encode_to_vec();
                etag
            };
            same_happened(&[wanted], &[told])?;
            etags.push((name, etag));
        }
        for (name, etag) in etags {
            let state = &mut self.model.state;
            if let Some(deal) = state.deals.get_mut(&name) {
                deal.etag = etag;
            } else if let Some(realisation) = state.realisations.get_mut(&name) {
                realisation.etag = etag;
            }
        }
        self.model.events.extend(found);
        Ok(())
    }
}
