-- crossmatch_steps(radius, n_rows, n_pairs): in how many steps a crowd is taken: 0 where there are
-- at most crossmatch_crowd() pairs a row to look at.
-- crossmatch_step(radius, steps): the radius that many steps before the last.
-- A crowd whose rows are all near each other has as many pairs as the product of its rows. But
-- who is nearest is known once it is seen, so that near pairs can be settled, and taken out,
-- before farther ones are looked at: rows that are left over at one radius are farther apart
-- than that, and few. Each step looks four times as far, from where doubles end (1e-8 arcsec).
create or replace macro crossmatch_crowd() as 32;

create or replace macro crossmatch_step(radius, steps) as
    radius::double / pow(4::double, steps);

create or replace macro crossmatch_steps(radius, n_rows, n_pairs) as
    case
        when n_pairs > crossmatch_crowd() * n_rows and radius::double > 1e-8::double
            then ceil(log2(radius::double / 1e-8::double) / 2::double)::integer
        else 0
    end;
