"""The shape of `rules.yaml`, and its loading with errors that name entry and remedy.

Here: models of relations and rules, and what they must agree on.
Not here: the SQL made of a rule (`statements.py`), its evaluation (`flags.py`, `suites.py`).
Explained in docs/data-team.md, "Expectations".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from pipelines.errors import Refusal

RULES_FILE = Path(__file__).with_name("rules.yaml")
IDENTIFIER = r"^[a-z][a-z0-9_]*$"
RELATION = r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$"
SECTIONS = ("relations", "rules")
M = TypeVar("M", bound=BaseModel)


class RuleProblem(Refusal):
    """The rules cannot be used; the message has a line for each problem: file, entry, remedy."""


class _Model(BaseModel):
    """Frozen, and strict about misspelt keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Relation(_Model):
    """A table that is judged.

    Attributes:
        suite: name of the suite its expectations belong to.
        subject: what a failing row is about; such a relation has the columns dossier_key,
            source_system and dossier_code. None where rows are not about dossiers.
        key: column that names a failing row to a reader, without saying anything of a person.
        first_seen: expression over a failing row, the local moment since when the portal says so.
        last_seen: the same, the last local moment at which it still said so.
        several_rows: table of the only subjects that may have more than one row; `none` where no
            subject has; None where any may.
        again: condition on the rows that a night judges again.
        again_in: the table that holds these rows; without both a night judges all.
        of_files: its rows are those of delivered files, so they are added and never changed.
    """

    suite: str = Field(pattern=IDENTIFIER)
    subject: Literal["dossier", "rating"] | None = None
    key: str = Field(default="dossier_key", pattern=IDENTIFIER)
    first_seen: str | None = None
    last_seen: str | None = None
    several_rows: str | None = Field(default=None, pattern=RELATION + "|^none$")
    again: str | None = None
    again_in: str | None = Field(default=None, pattern=RELATION)
    of_files: bool = False

    @property
    def is_judged_whole(self) -> bool:
        """Whether a night judges all of its rows."""
        return self.again is None and self.again_in is None

    @model_validator(mode="after")
    def _a_subject_has_moments(self) -> Relation:
        if self.subject and not (self.first_seen and self.last_seen):
            raise ValueError("a relation with a subject needs first_seen and last_seen")
        return self


class Tolerance(_Model):
    """How much of the scope may fail before the check does, since when, why, and who says so."""

    pct: float = Field(ge=0, le=100)
    since: date
    reason: str
    source: str


class ColumnRule(_Model):
    """A plain rule about one column."""

    column: str = Field(pattern=IDENTIFIER)
    be: Literal["not_null", "unique", "in_set"]
    values: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _a_set_has_values(self) -> ColumnRule:
        if bool(self.values) != (self.be == "in_set"):
            raise ValueError("give `values` with `be: in_set`, and only there")
        return self


class Rule(_Model):
    """One expectation; its fields are explained at the top of `rules.yaml`."""

    rule_id: str = Field(pattern=IDENTIFIER)
    title_vi: str
    title_en: str
    group: Literal["late", "incomplete", "implausible", "structure"]
    severity: Literal["critical", "warning", "info"]
    blocking: bool = False
    relation: str = Field(pattern=RELATION)
    scope: str = "true"
    rows: str = "select * from batch"
    condition: str | None = None
    must: ColumnRule | None = None
    first_seen: str | None = None
    last_seen: str | None = None
    shows_keys: bool = True
    tolerated: Tolerance | None = None
    what_to_do_vi: str
    what_to_do_en: str
    source: str

    @model_validator(mode="after")
    def _is_one_rule(self) -> Rule:
        if (self.condition is None) == (self.must is None):
            raise ValueError("give exactly one of condition and must")
        if self.must and self.model_fields_set & {"scope", "rows"}:
            raise ValueError("`must` judges the whole relation; it takes no scope and no rows")
        if self.blocking and self.severity != "critical":
            raise ValueError("only a critical rule may block publishing")
        if self.blocking and self.tolerated:
            raise ValueError("a blocking rule tolerates nothing")
        return self

    @property
    def tolerated_pct(self) -> float:
        """Share of the scope that may fail, 0 to 100."""
        return self.tolerated.pct if self.tolerated else 0.0


@dataclass(frozen=True)
class RuleBook:
    """All rules and the relations they judge, in the order of the file."""

    relations: Mapping[str, Relation]
    rules: Mapping[str, Rule]

    def relation_of(self, rule: Rule) -> Relation:
        """The relation a rule judges."""
        return self.relations[rule.relation]

    def raises_flags(self, rule: Rule) -> bool:
        """Whether a failing row becomes a row of `quality.flagged_records`."""
        return rule.condition is not None and self.relation_of(rule).subject is not None

    def moments(self, rule: Rule) -> tuple[str, str]:
        """Expressions for first and last seen of a rule that raises flags."""
        relation = self.relation_of(rule)
        return str(rule.first_seen or relation.first_seen), str(rule.last_seen or relation.last_seen)

    def batch(self, relation: str, *, night: bool) -> str:
        """The relation whose rows are judged: all, or in a night those that it may have changed."""
        judged = self.relations[relation]
        if not night or judged.is_judged_whole:
            return relation
        return judged.again_in or f"intermediate.again_{relation.replace('.', '_')}"

    def suites(self) -> dict[str, dict[str, list[Rule]]]:
        """Suite → relation → its rules."""
        found: dict[str, dict[str, list[Rule]]] = {}
        for rule in self.rules.values():
            suite = found.setdefault(self.relation_of(rule).suite, {})
            suite.setdefault(rule.relation, []).append(rule)
        return found


def load_rules(path: Path = RULES_FILE) -> RuleBook:
    """Read and validate a rule file.

    Raises:
        RuleProblem: with one line for each thing wrong.
    """
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=_NoRepeats)  # noqa: S506 (a safe loader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        reason = str(error).replace("\n", " ")
        raise RuleProblem(f"{path}: cannot be read: {reason} → correct the file") from error
    if not isinstance(data, dict) or not all(isinstance(data.get(section), dict) for section in SECTIONS):
        raise RuleProblem(f"{path}: needs the mappings `relations` and `rules` → add them")
    problems: list[str] = []
    relations = {
        name: relation
        for name, entry in data["relations"].items()
        if (relation := _parse(Relation, entry, f"{path}: relations.{name}", problems))
    }
    rules = {
        name: rule
        for name, entry in data["rules"].items()
        if (rule := _parse(Rule, _named(name, entry), f"{path}: rules.{name}", problems))
    }
    for rule in rules.values():
        if rule.relation not in data["relations"]:
            known = ", ".join(data["relations"])
            problems.append(
                f"{path}: rules.{rule.rule_id}: relation '{rule.relation}' is not listed under `relations` "
                f"→ use one of {known}, or list it"
            )
    problems += [
        f"{path}: '{key}' is no section of this file → remove it" for key in data if key not in SECTIONS
    ]
    if problems:
        raise RuleProblem("\n".join(problems))
    return RuleBook(relations, rules)


class _NoRepeats(yaml.SafeLoader):
    """Refuses a key given twice, of which plain YAML would silently keep the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Build the mapping, or say which key is repeated and where."""
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"'{key.value}' is given twice", key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


def _named(name: str, entry: Any) -> Any:
    return {"rule_id": name, **entry} if isinstance(entry, dict) else entry


def _parse(model: type[M], entry: Any, place: str, problems: list[str]) -> M | None:
    try:
        return model.model_validate(entry)
    except ValidationError as error:
        for detail in error.errors():
            where = ".".join([place, *map(str, detail["loc"])])
            message = detail["msg"].removeprefix("Value error, ")
            remedies = {"missing": "add it", "extra_forbidden": "correct the spelling or remove it"}
            problems.append(f"{where}: {message} → {remedies.get(detail['type'], 'correct it')}")
        return None
