-- One row per survey and reason for which catalogue rows are not clean.
-- A row with several reasons counts under each; n_rows is the number of rows of the survey.
-- key: survey, reason
create or replace view main.rejections as
with
reasons as (
    select
        survey,
        unnest(rejection_reasons) as reason
    from staging.all_surveys
),

totals as (
    select
        survey,
        count(*) as n_rows
    from staging.all_surveys
    group by survey
)

select
    reasons.survey,
    reasons.reason,
    count(*) as n,
    count(*) / totals.n_rows as fraction,
    totals.n_rows
from reasons
inner join totals
    on reasons.survey = totals.survey
group by reasons.survey, reasons.reason, totals.n_rows;
