"""Metadata of the package.

docassemble's Package Management reads the name out of this file with a regular
expression, so ``name=`` must stay on a line of its own.
"""

import re
from pathlib import Path

from setuptools import find_namespace_packages, setup

HERE = Path(__file__).parent
VERSION = re.search(
    r'^__version__ = "(.+)"$',
    (HERE / "docassemble/Scheduler/__init__.py").read_text(encoding="utf-8"),
    re.MULTILINE,
).group(1)

setup(
    name='docassemble.Scheduler',
    version=VERSION,
    description="Run Python functions on time inside docassemble",
    long_description=(HERE / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    author="The docassemble.Scheduler developers",
    keywords="docassemble, scheduler, cron, jobs, reminders",
    license_expression="MIT",
    license_files=["LICENSE"],
    url="https://github.com/dblevin1/docassemble-Scheduler",
    project_urls={
        "Documentation": "https://github.com/dblevin1/docassemble-Scheduler/blob/main/docs/index.md",
        "Changelog": "https://github.com/dblevin1/docassemble-Scheduler/blob/main/CHANGELOG.md",
        "Issues": "https://github.com/dblevin1/docassemble-Scheduler/issues",
        "Source": "https://github.com/dblevin1/docassemble-Scheduler",
    },
    python_requires=">=3.10",
    packages=find_namespace_packages(include=["docassemble", "docassemble.*"]),
    include_package_data=True,
    package_data={
        "docassemble.Scheduler": ["py.typed", "data/questions/*.yml", "data/sources/*.yml"],
        "docassemble.Scheduler.web.dashboard": ["static/*", "templates/docassemble_scheduler/*"],
        "docassemble.Scheduler.store.sql.migrations": ["*.mako"],
    },
    install_requires=["cronsim>=2.7"],
    extras_require={
        "apscheduler": ["apscheduler>=3.10,<4"],
        # the command line outside of docassemble, which has all of it: bounds must never move its pins
        "cli": ["click>=8.1", "python-dotenv>=1.0", "pyyaml>=6.0", "rich>=13.0"],
        # older ones close the courts of Massachusetts on holidays of one of its counties
        "holidays": ["holidays>=0.96,<1"],
        "kafka": ["confluent-kafka>=2.6"],
    },
    entry_points={"console_scripts": ["docassemble-scheduler = docassemble.Scheduler.__main__:main"]},
    zip_safe=False,
    classifiers=[
        "Development Status :: 4 - Beta",
        "Environment :: Web Environment",
        "Framework :: Flask",
        "Intended Audience :: Legal Industry",
        "Intended Audience :: System Administrators",
        "Natural Language :: English",
        "Natural Language :: French",
        "Natural Language :: German",
        "Natural Language :: Portuguese",
        "Natural Language :: Spanish",
        "Operating System :: POSIX :: Linux",
        "Programming Language :: Python :: 3",
        "Programming Language :: Python :: 3 :: Only",
        "Programming Language :: Python :: 3.10",
        "Programming Language :: Python :: 3.11",
        "Programming Language :: Python :: 3.12",
        "Programming Language :: Python :: 3.13",
        "Programming Language :: Python :: 3.14",
        "Topic :: Office/Business :: Scheduling",
        "Topic :: System :: Systems Administration",
        "Typing :: Typed",
    ],
)
