/* Who uses which device, phone or MAC; IPs and addresses never link anybody. */
CREATE TEMP TABLE uses AS
SELECT DISTINCT i.ident, i.kind, i.account, s.holder_key
FROM identifiers i JOIN subjects s USING (account)
WHERE i.kind IN ('device', 'phone', 'mac') AND i.first_seen <= $as_of;
