//! Upgrades: a release reaches services channel by channel, in their windows where they have one, and comes with new
//! replicas that join before the old ones leave.

use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

use super::schedule::next_weekday;
use crate::sandbox::model::{ReleaseChannel, Service, Tier};
use crate::sandbox::releases::Release;
use crate::sandbox::replicas::Target;
use crate::sandbox::settings::after;
use crate::sandbox::timeline::What;
use crate::sandbox::world::World;

/// Seconds between two channels: two weeks.
const BETWEEN_CHANNELS: u32 = 14 * 24 * 3_600;
/// Services of one channel are upgraded within this time.
const SOON: u32 = 3_600;

impl World {
    /// The release that a service has next, and when.
    pub(super) fn next_upgrade(&self, service: &Service) -> Option<Timestamp> {
        let runtime = self.runtimes.get(&service.id)?;
        let release = self.releases.get(runtime.releases_taken)?;
        let primary = self.primary_of(&service.data_warehouse_id.to_string()).unwrap_or(service);
        let reached = self.reaches(release, primary);
        let ready = reached.max(self.now);
        Some(match primary.sub_objects.upgrade_window {
            Some(window) if !release.security => next_weekday(ready, window.weekday, window.start_hour_utc),
            _ => after(reached, service.id.as_fields().0 % SOON).max(self.now),
        })
    }

    /// When a release reaches the channel of a warehouse.
    fn reaches(&self, release: &Release, primary: &Service) -> Timestamp {
        let channel =
            if self.organization.tier == Tier::Basic { ReleaseChannel::Fast } else { primary.release_channel };
        match channel {
            _ if release.security => release.at,
            ReleaseChannel::Fast => release.at,
            ReleaseChannel::Default => after(release.at, BETWEEN_CHANNELS),
            ReleaseChannel::Slow => after(release.at, 2 * BETWEEN_CHANNELS),
        }
    }

    /// A service is upgraded: one that runs gets new replicas, another one has the version when it runs next.
    pub(super) fn upgrade_due(&mut self, id: Uuid) {
        let Some(runtime) = self.runtimes.get(&id) else { return };
        let Some(release) = self.releases.get(runtime.releases_taken).cloned() else { return };
        let Some(service) = self.services.get(&id) else { return };
        let (runs, size) = (service.has_replicas(), service.allocation);
        let heading = runtime.replicas.target().map_or(size, |target| target.size);
        let runtime = self.runtime_mut(id);
        runtime.releases_taken += 1;
        runtime.generation += 1;
        let generation = runtime.generation;
        let text = format!("the upgrade to {} begins", release.version);
        self.chronicle(id, What::UpgradeStarted, text, json!(release));
        if runs {
            self.runtime_mut(id).upgrades_to = Some(release.version);
            self.move_replicas(id, Some(Target { size: heading, generation }));
        } else {
            self.upgraded(id, release.version);
        }
    }

    /// The service has that version.
    pub(super) fn upgraded(&mut self, id: Uuid, version: String) {
        let text = format!("now {version}");
        if let Some(service) = self.services.get_mut(&id) {
            service.clickhouse_version = version;
        }
        self.chronicle(id, What::UpgradeDone, text, serde_json::Value::Null);
    }
}
