"""A small file of each format that is text, with what its reader has to tell apart."""

PLAIN = """THE GARDEN RULES

1. Opening hours

The garden opens at 9 and closes at 18.
On holidays it stays closed, as the wardens decided in 2019.

2. Dogs
2.1 Dogs are kept on a lead.
- a bullet
- another bullet
  that goes on
(a) a lettered item

§ 3 Fees
    indented = code(1)

Name        Fee     Year
Adult       12.50   2020
"""

MARKDOWN = """---
title: "The garden: rules"
date: 2020-01-02
---
# Garden *rules*

The garden opens at 9[^1] and `closes` at **18**. See [the map](map.md "Map") <https://x.invalid>.

Dogs
----

* kept on a lead
  1. always
     > in the *shade*
- [x] done

| Name | Fee |
|------|----:|
| Adult | 12.50 |
| Child \\| pupil | |

!!! note "Mind the step"
    It is wet.

```python
def f(): return {"a": 1}
```

<details><summary>More</summary>

Words <b>within</b> HTML &amp; more.

</details>

[^1]: Not on holidays.
"""

MDX = """import A from './a'
export const b = {
  c: [1, 2],
}

# Rules {#rules}

<Card title="x" icon={<Icon />}>
    The garden opens at {b.c[0]} and closes at {"18"}. {/* a comment */}

    <Note>Dogs are kept on a lead.</Note>
</Card>

`{code}` and <Version/> in a line.
"""

HTML = """<!doctype html><html lang="de"><head><meta charset="utf-8">
<title>Rules &mdash; garden</title>
<style>p { color: red }</style><script>var a = "<p>";</script></head><body>
<nav><a href="/">Home</a></nav><main><h1>Rules<a href="#r">¶</a></h1>
<p>The garden <b>opens</b> at 9<sup>1</sup>, <q>as <q>they</q> say</q>.<br>Next line.</p>
<ul><li>one<ul><li>two</li></ul></li></ul><dl><dt>Dog</dt><dd>on a lead</dd></dl>
<table><caption>Fees</caption><tr><th>Name<th colspan=2>Fee</tr>
<tr><td rowspan=2>Adult<td>12<td>€</tr><tr><td>10<td></tr></table>
<pre>code   {a}
  more</pre><p hidden>hidden</p><p style="display:none">gone</p><del>old</del>
<math><mfrac><mn>1</mn><mi>x</mi></mfrac></math>
<img src="x.png" alt="A map"><svg><text>x</text></svg>
<form><input value="x"><select><option>a</select><button>Send</button></form>
</main><footer>© 2020</footer></body></html>
"""

CSV = """Name,Fee,Note
Adult,12.50,"opens at 9, closes at 18"
"Child ""the pupil"" 2",5,
Group;8;x	y
=1+1,@SUM(A1),"two
lines"
"""

RTF = r"""{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0 Arial;}{\f1\fcharset204 Arial;}}
{\stylesheet{\s1 heading 1;}}{\info{\title Rules}{\author Ann}}{\*\generator x;}
\pard\s1\outlinelevel0\b Rules\b0\par\pard The garden opens at 9 \'96 18, caf\'e9 \u8364?5.
\line Next.\par
{\footnote\pard Not on holidays.}{\v hidden}{\deleted gone}\pard\f1 \'e4\'e0\f0\par
{\pntext\f0 1.\tab}Dogs are kept on a lead.\par\uc2\u20013xx\par
\trowd\cellx1000\cellx2000\intbl Adult\cell 12.50\cell\row\pard
{\pict\wmetafile8 0102ff}{\field{\*\fldinst HYPERLINK "http://x.invalid"}{\fldrslt a link}}\par}
"""

EML = """From: Ann <ann@x.invalid>
To: =?utf-8?b?QsO2Yg==?= <bob@x.invalid>, "C, D" <c@x.invalid>
Subject: =?iso-8859-1?q?Re=3A_Garden_caf=E9?=
Date: Thu, 02 Jan 2020 10:00:00 +0100
Message-ID: <1@x.invalid>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="b1"

--b1
Content-Type: multipart/alternative; boundary="b2"

--b2
Content-Type: text/plain; charset=utf-8; format=flowed
Content-Transfer-Encoding: quoted-printable

The garden opens at 9 =E2=80=93 18.=20
On holidays it stays closed.

> Bob wrote:
>> Dogs?

--=20
Ann
--b2
Content-Type: text/html; charset=windows-1252

<p>The garden <b>opens</b> at 9.</p>
--b2--
--b1
Content-Type: application/pdf; name="a.pdf"
Content-Disposition: attachment; filename="../a.pdf"
Content-Transfer-Encoding: base64

JVBERi0xLjQ=
--b1
Content-Type: message/rfc822

Subject: inner
From: x

Inner words.
--b1--
"""

MBOX = (
    "From ann@x.invalid Thu Jan  2 10:00:00 2020\n"
    + EML
    + "\n>From here on it is quoted.\n\nFrom bob@x.invalid Fri Jan  3 10:00:00 2020\n"
    "From: bob@x.invalid\nSubject: Re: Garden\nIn-Reply-To: <1@x.invalid>\n\nThanks, at 9 then.\n"
)

SRT = """1
00:00:01,000 --> 00:00:04,000
The garden opens at nine,
<i>as they say</i>,

2
00:00:04,500 --> 00:00:07,000 X1:0 X2:10
{\\an8}and closes at six.

3
01:00:00,000 --> 01:00:02,000
- Dogs?
- On a lead.
"""

VTT = """WEBVTT - Rules
Kind: captions

STYLE
::cue { color: red }

NOTE a comment

intro
00:01.000 --> 00:04.000 align:start position:0%
<v Ann>The garden <c.x>opens</c> at <00:02.000>nine &amp; closes

00:00:04.500 --> 00:00:07.000
<v.loud Bob>at six.</v>
"""

RST = """=====
Rules
=====

:Author: Ann
:Date: 2020

.. contents::
.. include:: /etc/passwd
.. |map| image:: map.png
.. _fees: https://x.invalid

Hours
-----
The garden *opens* at ``9`` |map| [1]_ and :term:`closes` at 18 fees_::

    code = 1

* a bullet

  #. one
  #. two

.. note:: Mind the step.
.. csv-table:: Fees
   :file: /etc/passwd

======  =====
Name    Fee
======  =====
Adult   12.50
======  =====

+------+-----+
| a    | b   |
+------+-----+

.. [1] Not on holidays.
.. raw:: html
   :url: http://x.invalid

term
    definition
"""

ADOC = """= Rules
Ann <ann@x.invalid>
v1, 2020-01-02
:toc:
:fee: 12.50

== Hours

The garden *opens* at _9_ and costs {fee}.footnote:[Not on holidays.] https://x.invalid[link]

include::/etc/passwd[]

* bullet
** nested
. number
+
--
more
--

Dog:: on a lead

[source,python]
----
a = 1 <1>
----
<1> a callout

NOTE: Mind the step.

.Fees
[cols="1,2",options="header"]
|===
|Name |Fee
|Adult a|12.50
2+|both
|===

ifdef::x[]
hidden
endif::[]

[quote,Ann]
____
Said.
____
"""

PYTHON = '''"""The rules of the garden."""


class Garden:
    """A garden.

    It opens at 9.
    """

    def opens(self, day: int) -> int:  # hours
        """The hour at which it opens."""
        return {"holiday": -1}.get(f"{day}", 9)
'''

CODE = """/**
 * The rules of the garden.
 */
package main // Go, C, Java, JavaScript and their kin

/* a block */
func opens(day int) int {
\tif day > 5 { return -1 } // closed
\treturn 9
}
# a comment of shells
"quoted \\" string" 'x' `template ${a}`
"""

LOG = """2020-01-02 10:00:00,123 INFO garden: gate opened by "Ann"
2020-01-02 10:00:01,456 ERROR garden: gate stuck
Traceback (most recent call last):
  File "gate.py", line 3, in <module>
ValueError: stuck
[2020-01-02T10:00:02Z] WARN again
Jan  2 10:00:03 host gate[12]: closed
192.0.2.1 - - [02/Jan/2020:10:00:00 +0000] "GET / HTTP/1.1" 200 12
"""

JSON = (
    '{"rules": [{"name": "Hours", "text": "It opens at 9.", "n": 1.5e3, "x": null}], "é": "\\u9"}'
)
YAML = """rules: &a
  - name: Hours
    text: |
      It opens at 9.
  - *a
? !!python/name:x
: [1, {b: c}]
"""
TOML = '[rules]\nhours = "It opens at 9."\nfees = [{a = 1}, {b = 2020-01-02}]\n"""x"""\n'
