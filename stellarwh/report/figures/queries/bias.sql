-- Bias of a target of a run and its scatter in bins of the predicted parameters, of S/N, and
-- of the labels (by_label); share is the bias in units of the scatter. The last bin of S/N is
-- open: its upper end is infinite.
with measured as (
    select
        axis,
        coalesce(by_label, false) as by_label,
        axis_low as x_low,
        axis_high as x_high,
        max(n) filter (where metric = 'bias') as n,
        max(value) filter (where metric = 'bias') as bias,
        max(value) filter (where metric = 'sigma') as sigma
    from ml.metrics
    where
        run_id = $run_id
        and target = $target
        and folds = 'blocked'
        and metric in ('bias', 'sigma')
        and stratum_kind = 'bin'
    group by all
)

select
    *,
    coalesce(bias / nullif(sigma, 0), 0) as share
from measured
where bias is not null and sigma is not null
order by list_position(['teff', 'logg', 'fe_h', 'snr'], axis), by_label, x_low
