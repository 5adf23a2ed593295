-- Bias of a target of a run and its scatter in bins of the predicted parameters, of S/N, and
-- of the labels (by_label); share is the bias in units of the scatter. The last bin of S/N is
-- open: its upper end is infinite.
with bins as (
    select
        regexp_extract(
            stratum,
            '^(label )?(teff|logg|fe_h|snr) (\S+) to (\S+)$',
            ['label', 'axis', 'x_low', 'x_high']
        ) as bin,
        metric,
        n,
        value
    from ml.metrics
    where
        run_id = $run_id
        and target = $target
        and folds = 'blocked'
        and metric in ('bias', 'sigma')
        and regexp_full_match(stratum, '(label )?(teff|logg|fe_h|snr) \S+ to \S+')
),

measured as (
    select
        bin.axis as axis,
        bin.label <> '' as by_label,
        bin.x_low::double as x_low,
        bin.x_high::double as x_high,
        max(n) filter (where metric = 'bias') as n,
        max(value) filter (where metric = 'bias') as bias,
        max(value) filter (where metric = 'sigma') as sigma
    from bins
    group by all
)

select
    *,
    coalesce(bias / nullif(sigma, 0), 0) as share
from measured
where bias is not null and sigma is not null
order by list_position(['teff', 'logg', 'fe_h', 'snr'], axis), by_label, x_low
