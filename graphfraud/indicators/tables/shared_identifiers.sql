CREATE TEMP VIEW shared_identifiers AS
SELECT ident, kind, holders FROM holders_of WHERE holders <= getvariable('max_holders');
