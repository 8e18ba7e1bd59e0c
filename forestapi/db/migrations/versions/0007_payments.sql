-- reserved
select 1;
