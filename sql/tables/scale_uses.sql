-- One row per time that a calibration was taken in use again after it was made or after another one
-- was (stellarwh calibrate --use): the one taken or made last is in use (scale.in_use). used_at is
-- in UTC.
-- key: run_id, used_at
create table if not exists scale.uses (
    run_id varchar not null,
    used_at timestamp not null,
    primary key (run_id, used_at)
);
