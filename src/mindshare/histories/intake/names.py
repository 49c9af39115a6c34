"""What columns are called: names that say what a column is for, in the languages that our users' tables are in."""

from __future__ import annotations

import re

THING = (
    r"(case|item|task|sample|image|img|document|doc|row|question|unit|record|instance|ticket|example|object|subject|patient"
    r"|encounter|loan|claim|order|hit|pair|sentence|utterance|text|video|clip|page|scan|study|query|trace|run|event|alert"
    r"|fall|vorgang|bild|frage|aufgabe|objekt|cas|dossier|tache|caso|imagen|tarea|immagine|zaak)"
)
CASE = re.compile(
    rf"^({THING}[_ -]?(id|no|nr|num|number|key|name|nummer|index)?|id|key|uid|uuid|index)$", re.I
)
ANY_ID = re.compile(r"(^|[_ -])(id|uid|uuid|key|nr|number|nummer)$|[a-z](Id|ID)$", re.I)
OF_AN_ANSWER = re.compile(
    r"^(annotation|answer|response|assignment|judge?ment|label|rating|result|feedback|score|session|batch|project|job|hittype)"
    r"[_ -]?(id|uid|uuid|key|no|nr|number)?$|TypeId$",
    re.I,
)
TRUTH = re.compile(
    r"^(truth|gold|gt|golden|ground[_ -]?truth|(true|gold|golden|correct|real|actual|reference)[_ -]?(label|class|answer|value)"
    r"|label[_ -]?(true|gold|gt)|gold[_ -]?standard|target|expected|correct|y|y[_ -]?true|reference"
    r"|wahrheit|richtig|l(ö|oe)sung|v(é|e)rit(é|e)|verdad|correcta?|verit(à|a)|waarheid)$",
    re.I,
)
LIKE_TRUTH = re.compile(r"(^|[_ -])(truth|gold|gt|ground[_ -]?truth|true[_ -]?label)([_ -]|$)|_gold$", re.I)
WHO = (
    r"(agent|annotator|rater|reader|worker|coder|user|label+er|reviewer|completed[_ -]?by|annotated[_ -]?by|label+ed[_ -]?by"
    r"|reviewed[_ -]?by|created[_ -]?by|answered[_ -]?by|rated[_ -]?by|judge|observer|grader|evaluator|examiner|inspector"
    r"|participant|respondent|assessor|moderator|analyst|operator|physician|radiologist|expert|author|who|employee|person|model"
    r"|pr(ü|ue)fer|bearbeiter|gutachter|bewerter|annotateur|(é|e)valuateur|utilisateur|anotador|evaluador|revisor|valutatore"
    r"|annotatore|beoordelaar)"
)
AGENT = re.compile(rf"^{WHO}(in)?[_ -]?(id|name|email|login)?$", re.I)
ANSWER = re.compile(
    r"^((their|user|annotator|human)[_ -]?)?(answer|label|response|annotation|rating|choice|verdict|vote|decision|class|category|value"
    r"|judge?ment|diagnosis|grade|annotated[_ -]?label|prediction|tag"
    r"|antwort|urteil|bewertung|entscheidung|klasse|kategorie|r(é|e)ponse|d(é|e)cision|(é|e)tiquette|respuesta|decisi(ó|o)n"
    r"|etiqueta|risposta|decisione|etichetta|antwoord|oordeel)s?$",
    re.I,
)
SECONDS = re.compile(
    r"^((work|answer|response|reaction|annotation|labell?ing|review|handling|processing|elapsed)[_ -]?)?(seconds?|secs?|sec|lead[_ -]?time"
    r"|duration|dur|time|time[_ -]?(taken|spent|s|sec|seconds|in[_ -]?seconds)|elapsed|duration[_ -]?(s|sec|seconds)|rt|latency"
    r"|sekunden|dauer|zeit|bearbeitungszeit|secondes|dur(é|e)e|segundos|duraci(ó|o)n|secondi|durata)$"
    r"|^WorkTimeInSeconds$",
    re.I,
)
MINUTES = re.compile(
    r"^((work|time|duration)[_ -]?(in[_ -]?)?)?(minutes?|mins?|minuten|minuti|minutos)$", re.I
)
MILLISECONDS = re.compile(
    r"^((time|rt|duration|response[_ -]?time|latency)[_ -]?(in[_ -]?)?)?(ms|msec|milliseconds?)$", re.I
)
STARTED = re.compile(
    r"^_?(start(ed)?([_ -]?(at|time|date|on))?|accept(ed)?[_ -]?(at|time)|opened([_ -]?at)?|begin|begun[_ -]?at|shown[_ -]?at|beginn"
    r"|AcceptTime)$",
    re.I,
)
FINISHED = re.compile(
    r"^_?(finish(ed)?([_ -]?(at|time|date|on))?|end(ed)?([_ -]?(at|time|date|on))?|submit(ted)?([_ -]?(at|time|on))?"
    r"|completed([_ -]?at)?|answered[_ -]?at|decided[_ -]?at|closed([_ -]?at)?|ende|SubmitTime)$",
    re.I,
)
STAMP = re.compile(r"(^|[_ -])(at|time|date|timestamp|on|datum|created|updated)$|Time$|Date$", re.I)
CONFIDENCE = re.compile(
    r"^(confidence|conf|certainty|sureness|score|prob|probability|sicherheit|konfidenz|confiance|confianza"
    r"|confidenza)([_ -]?(score|level|pct|percent))?$",
    re.I,
)
PROBABILITY = re.compile(r"^(p|prob|proba|probability|score|conf|confidence)[_ :.-]+(?P<label>.+)$", re.I)
PLAIN_ROLES = ("parent", "group", "kind", "arrived", "deadline", "stakes")
MACHINE = re.compile(
    r"(model|bot|machine|gpt|llm|bert|claude|gemini|llama|mistral|net\d*$|cnn|rnn|lstm|svm|xgb|lgbm|forest|logreg|classifier"
    r"|predict|pred(_|$)|algo|auto|baseline|(^|_)ai(_|$)|ensemble|(^|_)ml(_|$))",
    re.I,
)
PERSON = re.compile(
    r"(annot|rater|reader|person|human|expert|user|worker|coder|review|label+er|doctor|nurse|dr_|radiolog|student|@|observer|judge"
    r"|grader|inspector|assessor|participant|pr(ü|ue)fer|gutachter|physician)",
    re.I,
)
