//! Backups that a primary service makes by itself while its compute runs: a full one, then some that need it, then a
//! full one again. Each is kept for its retention, the newest one longer when none follows, a full one as long as
//! another needs it.

use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

use super::schedule::on_day_of;
use crate::sandbox::lifecycle::Work;
use crate::sandbox::model::{Backup, BackupKind, BackupStatus, Service};
use crate::sandbox::runtime::RunningBackup;
use crate::sandbox::settings::after;
use crate::sandbox::timeline::What;
use crate::sandbox::world::World;

/// Backups of a chain: a full one and those that need it.
const CHAIN: u64 = 7;
const HOUR: u32 = 3_600;
/// Size of a full backup in bytes; the sandbox has no data to measure.
const FULL_BYTES: u64 = 10 << 30;

impl World {
    /// When the next backup of a service begins, or the one that runs ends.
    pub(super) fn next_backup(&self, service: &Service) -> Option<Timestamp> {
        let runtime = self.runtimes.get(&service.id)?;
        if let Some(running) = &runtime.backup {
            return Some(running.ends);
        }
        // Nothing changes while no compute runs, so nothing is to be saved.
        if !service.is_primary || !service.has_replicas() {
            return None;
        }
        let configuration = &service.backup_configuration;
        let period = configuration.backup_period_in_hours.max(1).saturating_mul(HOUR);
        let last = runtime.last_backup;
        let due = match configuration.backup_start_time.as_deref().and_then(hour_and_minute) {
            None => after(last.unwrap_or(service.created_at), period),
            Some((hour, minute)) => {
                // A day's backup may begin a little late; the next one is at its time all the same.
                let earliest = last.map_or(service.created_at, |last| after(last, period.saturating_sub(12 * HOUR)));
                let same_day = on_day_of(earliest, hour, minute);
                if same_day < earliest { after(same_day, 24 * HOUR) } else { same_day }
            }
        };
        Some(due.max(self.now))
    }

    /// A backup begins or ends.
    pub(super) fn backup_due(&mut self, id: Uuid) {
        match self.runtimes.get(&id).and_then(|runtime| runtime.backup.clone()) {
            Some(running) if running.ends <= self.now => self.backup_done(id, &running),
            Some(_) => {}
            None => self.begin_backup(id),
        }
    }

    fn begin_backup(&mut self, id: Uuid) {
        let (now, ends) = (self.now, after(self.now, self.settings.durations.backup));
        let Some(service) = self.services.get(&id).filter(|s| s.has_replicas() && s.is_primary).cloned() else {
            return;
        };
        let runtime = self.runtime_mut(id);
        let number = runtime.backups_made;
        runtime.backups_made += 1;
        runtime.last_backup = Some(now);
        let bucket = service.sub_objects.backup_bucket;
        // What goes to a bucket of the customer always stands alone.
        let full = bucket.is_some() || number.is_multiple_of(CHAIN) || runtime.backups.is_empty();
        let replica = runtime.replicas.serving().map(|replica| replica.number).min();
        let backup_id = self.draw.id_of("scheduled-backup", &format!("{id}/{number}"));
        let backup = Backup {
            id: backup_id,
            service_id: id,
            provider: service.provider,
            region: service.region,
            has_transparent_data_encryption: service.has_transparent_data_encryption,
            status: BackupStatus::InProgress,
            kind: if full { BackupKind::Full } else { BackupKind::Incremental },
            started_at: now,
            finished_at: None,
            size_in_bytes: 0,
            bucket,
        };
        self.backups.insert(backup_id, backup);
        self.runtime_mut(id).backup = Some(RunningBackup { id: backup_id, replica, ends });
        let text = format!("a{} backup begins", if full { " full" } else { "n incremental" });
        self.chronicle(
            id,
            What::BackupStarted,
            text,
            json!({ "backupId": backup_id, "replica": replica, "ends": ends }),
        );
    }

    fn backup_done(&mut self, id: Uuid, running: &RunningBackup) {
        let now = self.now;
        if let Some(backup) = self.backups.get_mut(&running.id) {
            backup.status = BackupStatus::Done;
            backup.finished_at = Some(now);
            backup.size_in_bytes = if backup.kind == BackupKind::Full { FULL_BYTES } else { FULL_BYTES / 10 };
        }
        let runtime = self.runtime_mut(id);
        runtime.backup = None;
        runtime.backups.push_back(running.id);
        self.chronicle(id, What::BackupDone, "the backup is done".to_owned(), json!({ "backupId": running.id }));
    }

    /// When each backup of a service has been kept long enough, the newest and those needed by others left out.
    fn expiries(&self, service: &Service) -> Vec<(Uuid, Timestamp)> {
        let Some(runtime) = self.runtimes.get(&service.id) else { return Vec::new() };
        let retention = service.backup_configuration.backup_retention_period_in_hours.saturating_mul(HOUR);
        let own: Vec<&Backup> = runtime.backups.iter().filter_map(|id| self.backups.get(id)).collect();
        let needed = |index: usize| {
            own.get(index + 1).is_some_and(|next| next.kind == BackupKind::Incremental)
                && own.get(index).is_some_and(|backup| backup.kind == BackupKind::Full)
        };
        let older = own.iter().enumerate().take(own.len().saturating_sub(1));
        older
            .filter(|(index, _)| !needed(*index))
            .filter_map(|(_, backup)| Some((backup.id, after(backup.finished_at?, retention))))
            .collect()
    }

    /// When the next backup goes.
    pub(super) fn next_expiry(&self, service: &Service) -> Option<Timestamp> {
        self.expiries(service).into_iter().map(|(_, due)| due.max(self.now)).min()
    }

    /// Backups have been kept long enough.
    pub(super) fn expiry_due(&mut self, id: Uuid) {
        let Some(service) = self.services.get(&id) else { return };
        let gone: Vec<Uuid> =
            self.expiries(service).into_iter().filter(|(_, due)| *due <= self.now).map(|(backup, _)| backup).collect();
        for backup in gone {
            self.backups.remove(&backup);
            self.runtime_mut(id).backups.retain(|known| *known != backup);
            self.chronicle(
                id,
                What::BackupExpired,
                "a backup was kept long enough".to_owned(),
                json!({ "backupId": backup }),
            );
        }
    }

    /// Schedules the next backup and the next one to go.
    pub(super) fn arm_backups(&mut self, id: Uuid) {
        let Some(service) = self.services.get(&id) else { return };
        let (next, expiry) = (self.next_backup(service), self.next_expiry(service));
        // Another configuration may put the next one off.
        if self.events.due(id, Work::Backup.channel()) != next {
            self.arm(id, Work::Backup, None);
        }
        self.arm(id, Work::Backup, next);
        self.arm(id, Work::Expiry, expiry);
    }

    /// What a running backup asks for on the replica it runs on.
    pub(super) fn backup_holds(&self, id: Uuid, replica: u32) -> Option<Timestamp> {
        let running = self.runtimes.get(&id)?.backup.as_ref()?;
        (running.replica == Some(replica)).then_some(running.ends)
    }
}

fn hour_and_minute(text: &str) -> Option<(i64, i64)> {
    let (hour, minute) = text.split_once(':')?;
    Some((hour.parse().ok()?, minute.parse().ok()?))
}
