"""The one way to run things: `nox` runs what CI runs, `nox -s NAME` one session, `nox -l` lists them."""

import os
import shutil
import tarfile
from pathlib import Path

import nox

nox.options.sessions = ["tests", "lint", "types", "check", "benchmarks"]
nox.options.reuse_venv = "yes"
nox.options.error_on_missing_interpreters = True


def _install(session: nox.Session, *packages: str) -> None:
    session.install("--quiet", "--constraint", "constraints.txt", *packages)


@nox.session
def tests(session: nox.Session) -> None:
    """The tests, on every core; other words go to pytest instead: `nox -s tests -- -k cutoff`."""
    _install(session, "--editable", ".[test]")
    session.run("python", "-m", "pytest", *(session.posargs or ["-n", "auto", "--dist", "worksteal"]))


@nox.session
def files(session: nox.Session) -> None:
    """What takes minutes or gigabytes: runs that are killed at random moments, a full disk, a line of a gigabyte."""
    _install(session, "--editable", ".[test]")
    session.run("python", "-m", "pytest", "-m", "heavy", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """The style, and the layers that only point down."""
    _install(session, "--editable", ".", "ruff", "import-linter")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("lint-imports")


@nox.session
def types(session: nox.Session) -> None:
    """The types, strictly: of the code by mypy, of the examples and a user's script by mypy and pyright."""
    _install(session, "--editable", ".[test]", "basedpyright", "mypy", "pandas-stubs", "rich")
    session.run("mypy")
    session.run("python", "-m", "pytest", "tests/test_types.py")


@nox.session
def check(session: nox.Session) -> None:
    """The shipped rules: sound, in harmony, and true to their golden cases."""
    _install(session, "--editable", ".")
    session.run("ketref", "check")


@nox.session
def benchmarks(session: nox.Session) -> None:
    """The benchmarks untimed, and a few generous ratios; to time them: `nox -s benchmarks -- --benchmark-only`."""
    _install(session, "--editable", ".[compare]")
    session.run("python", "-m", "pytest", "benchmarks", *(session.posargs or ["--benchmark-disable"]))
    if not session.posargs:
        session.run("python", "benchmarks/compare/gate.py")


@nox.session
def compare(session: nox.Session) -> None:
    """Bulk questions against their peers, timed, for a quiet machine; `nox -s compare -- --small` takes a tenth."""
    _install(session, "--editable", ".[compare]")
    session.run("python", "benchmarks/compare/run.py", *session.posargs)


@nox.session
def spark(session: nox.Session) -> None:
    """Data frames of Spark, in an environment of its own, where there is Java 17 or 21; `-- --measure` times them."""
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        session.skip("there is no Java, which Spark needs (17 or 21): data frames of Spark are not tested")
    _install(session, "--editable", ".[spark]", "dask[dataframe]", "hypothesis", "pytest")
    measure = [word for word in session.posargs if word != "--measure"]
    if len(measure) < len(session.posargs):
        session.run("python", "benchmarks/over_spark.py", *measure)
    else:
        session.run("python", "-m", "pytest", *(session.posargs or ["tests/spark"]))


NPM = ("pyodide@314.0.7", "axe-core@4.14.1")
"""What the site is tested with, of npm: the engine for browsers, and what looks whether everybody can read a page."""


@nox.session
def site(session: nox.Session) -> None:
    """The site in a browser, where there are Chromium and npm: the answers of the shell, for everybody to read."""
    for program in ("chromium", "npm"):
        if shutil.which(program) is None:
            session.skip(f"there is no {program}: the site is not tested in a browser")
    _install(session, "--editable", ".[site]", "playwright", "pytest", "hypothesis")
    folder = Path(session.create_tmp())
    for package in NPM:
        name, version = package.split("@")
        if not (folder / package / "package").is_dir():
            session.run("npm", "pack", "--silent", "--pack-destination", str(folder), package, external=True)
            with tarfile.open(folder / f"{name}-{version}.tgz") as packed:
                packed.extractall(folder / package, filter="data")
    given = {"KETREF_PYODIDE": str(folder / NPM[0] / "package"), "KETREF_AXE": str(folder / NPM[1] / "package")}
    measure = [word for word in session.posargs if word != "--measure"]
    if len(measure) < len(session.posargs):
        session.run("python", "benchmarks/in_browser.py", *measure, env=given)
    else:
        session.run("python", "-m", "pytest", *(session.posargs or ["tests/site"]), env=given)


@nox.session
def schemas(session: nox.Session) -> None:
    """The JSON Schemas of rule files and answers, generated anew."""
    _install(session, "--editable", ".")
    session.run("python", "-m", "ketref.review.schemas")
    session.run("python", "-m", "ketref.review.names")


@nox.session
def docs(session: nox.Session) -> None:
    """The examples of the documents, with the output put in anew; read the difference before keeping it."""
    _install(session, "--editable", ".[test]")
    session.run("python", "tests/test_docs.py", *session.posargs)
