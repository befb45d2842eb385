/* Identifiers that link: at least two holders, and not a hub. */
CREATE TEMP TABLE shared_identifiers AS
SELECT ident, kind, holders FROM holders_of WHERE holders <= $max_holders;
