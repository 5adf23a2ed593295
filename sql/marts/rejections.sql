-- One row per survey and reason for which catalogue rows are not clean.
-- A row with several reasons counts under each; n_rows is the number of rows of the survey.
-- key: survey, reason
-- stored: table
create or replace table main.rejections as
with
-- the empty reason, which every row has once, counts the rows in the same pass
reasons as (
    select
        survey,
        unnest(rejection_reasons || ['']) as reason
    from main.measurements
),

counts as materialized (
    select
        survey,
        reason,
        count(*) as n
    from reasons
    group by survey, reason
)

select
    counts.survey,
    counts.reason,
    counts.n,
    counts.n / totals.n as fraction,
    totals.n as n_rows
from counts
inner join counts as totals
    on counts.survey = totals.survey
where counts.reason <> '' and totals.reason = '';
