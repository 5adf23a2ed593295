-- chi_square_limit(degrees): the chi-square that values which agree exceed once in a thousand
-- times, for degrees of freedom of 1 or more: closed forms for 1 (3.2905 squared) and 2
-- (-2 ln 0.001), else that of Wilson and Hilferty (1931), within 2 % from 3 on.
create or replace macro chi_square_limit(degrees) as
    case
        when degrees < 1 then null
        when degrees = 1 then 10.827566170662733
        when degrees = 2 then 13.815510557964274
        else
            degrees * pow(
                1 - 2 / (9 * degrees) + 3.090232306167813 * sqrt(2 / (9 * degrees)), 3
            )
    end;
