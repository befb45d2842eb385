// Constraints of the benchmark's nodes and of its mark.
//
// returns: nothing
// use when: the benchmark is loaded; each statement can be repeated
// cost: nothing on an empty database

CREATE CONSTRAINT finbench_account IF NOT EXISTS FOR (n:Account) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT finbench_person IF NOT EXISTS FOR (n:Person) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT finbench_company IF NOT EXISTS FOR (n:Company) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT finbench_medium IF NOT EXISTS FOR (n:Medium) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT finbench_loan IF NOT EXISTS FOR (n:Loan) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT finbench_mark IF NOT EXISTS FOR (n:FinBench) REQUIRE n.name IS UNIQUE;
