"""What columns are called: names that say what a column is for, in the languages that our users' tables are in.

All patterns are for names in their plain form (`plain_name`): TicketID, Ticket ID and ticket-id are `ticket_id`.
"""

from __future__ import annotations

import re

THING = (
    r"(case|item|task|sample|image|img|frame|document|doc|row|unit|record|instance|ticket|example|object|subject|patient|encounter|loan|claim|order"
    r"|hit|pair|video|clip|page|scan|photo|x_?ray|eye|essay|part|study|trace|run|event|alert|issue|request|question|sentence|utterance|text|query"
    r"|fall|vorgang|vorfall|bild|frage|aufgabe|objekt|anfrage|auftrag|beleg|cas|dossier|tache|t(â|a)che|demande|image|caso|imagen|tarea"
    r"|expediente|immagine|compito|pratica|zaak|taak)"
)
NUMBER_OF = r"(id|ids|no|nr|num|num(é|e)ro|n(ú|u)mero|numero|number|key|nummer|index|ref|code)"
CASE = re.compile(
    rf"^((which_)?{THING}(_?{NUMBER_OF}|_name)?|{NUMBER_OF}_(de_|du_|del_|di_|of_|der_|des_)?{THING}|id_{THING}|id|key|uid|uuid|guid|index|identifiant"
    r"|identificador|identificativo|kennung|url|link|uri|file|filename|file_name|path)$"
)
PROSE = re.compile(
    r"^(text|sentence|utterance|question|query|title|subject|description|message|content|comment|body)$"
)
ANY_ID = re.compile(
    r"(^|_)(id|pmid|doi|isbn|sn|imei|vin|iban|serial_number|serial|reference_number|mrn|uid"
    r"|uuid|guid|key|nr|number|nummer|num(é|e)ro|n(ú|u)mero)$|^id_"
)
PARENT = re.compile(
    r"(patient|subject|customer|client|user|conversation|session|thread|dialog(ue)?|machine|device|sensor|document|doc|video"
    r"|account|site|batch|group|parent|source|author|speaker|kunde|kunden|ger(ä|ae)t|pat)_?(id|nr|no|number|nummer)$"
    r"|^(mrn|medical_record(_(id|nr|no|number))?)$"
)
OF_AN_ANSWER = re.compile(
    r"^(annotation|answer|response|respondent|submission|assignment|judge?ment|label|rating|result|feedback|score|session|batch|project|job|hit_?type)"
    r"(_(id|uid|uuid|key|no|nr|number))?$|type_id$"
)
INDEX = re.compile(r"^(unnamed_\d+|_?c0|level_\d+|index_level_\d+)$")
TRUTH = re.compile(
    r"^(truth|gold|gt|golden|ground_truth|(true|gold|golden|gt|real|actual|reference|adjudicated)_(label|class|answer|value|category|code|name)"
    r"|(label|class|answer|category)_(true|gold|gt)|correct_(label|class|answer|value|category|code|decision|verdict)|gold_standard|target|expected|y|y_true"
    r"|reference|adjudicated|adjudication|adjudicated_by_expert|wahrheit|l(ö|oe)sung|v(é|e)rit(é|e)(_(de_)?terrain)?|musterl(ö|oe)sung|r(é|e)f(é|e)rence|verdad|verdade|verit(à|a)|waarheid)$"
)
MAYBE_TRUTH = re.compile(  # like a truth, but perhaps what most said, or what was changed afterwards: asked about first
    r"(^|_)(truth|gold|gt|golden|final|finale|consensus|agreed|adjudicated|adjudicator|arbiter|corrected|correction|endg(ü|ue)ltig|definitiva?)(_|$)"
    r"|^end(kategorie|ergebnis|urteil|label)$|true_label|_gold$|^true(_|$)|^answer_key$|^master_(score|label|code|rating|key)$|^soll_?(note|wert|label)$"
)
EXPERT = re.compile(  # like a truth where there is none, else an annotator
    r"^expert_(label|answer|class|category|code|rating|verdict|judge?ment|opinion)$"
)
CHECK = re.compile(  # the words of a check that a person may do: beside a truth, `human_final` or `QA reviewer` is an annotator
    r"(^|_)(qa|qc|final|finale|audit|audited)(?=_|$)"
)
OUTCOME = re.compile(  # what came out, in words that need not be those of the answers
    r"^((actual|true|real|final|confirmed|observed|clinical|patholog(y|ical)|histo(logy|pathology)?|biopsy|fraud|lab|court|case|end|appeal|follow_?up)_)*"
    r"(outcome|result|diagnosis|biopsy|histology|histologie|histopathology|pathology|confirmed|proven|what_happened|ausgang|ergebnis|befund"
    r"|diagnose|diagnostic|diagnosi|diagn(ó|o)stico|r(é|e)sultat|resultado|risultato|esito|biopsie|biopsia)"
    r"(_(result|outcome|diagnosis|label|class|status|proven|confirmed))*$"
)
LABORATORY = re.compile(r"biops|histo|patholog|autops")
LABEL = re.compile(  # the truth where nothing else is, and never a feature where it holds the answers' words
    r"^(label|class|etikett|diagnos(is|e|tic|i)|diagn(ó|o)stico|(resolved|correct|proven)_(label|code|class|category))$"
)
BARE_CORRECT = re.compile(
    r"^(correct|right|richtig|correcta?|correcto|is_correct|was_correct|accurate|match|hit)$"
)
AFTER = re.compile(  # known only once somebody has answered, or later
    r"(^|_)(correct|incorrect|was_right|is_right|accurate|qa|qc|audit|audited|outcome|resolution|resolved|closed|reopened|overturned|overruled"
    r"|upheld|escalated|agreement|agree|disagree|majority|consensus|n_votes|num_votes|vote_count|kappa|num_annotators|n_annotators"
    r"|annotator_count|corrected|appealed|disposition|discharged?|length_of_stay|paid|paid_out|payout|settled|status|approved|rejected|updated|completed|submitted|comments?|remarks?|rationale|explanation|kommentar"
    r"|bemerkung|commentaire|comentario)(_|$)"
    r"|(^|_)(reviewed|judged|annotated|label+ed|adjudicated|moderated)_(at|on|date|time)$"
    r"|^los(_|$)|^(mean|average|avg|median|mode|std|sd)(_(rating|score|label|grade|vote|opinion|answer)s?)?$|^(rating|score|grade|vote)s?_(mean|average|avg|median)$"
)
SHARE_OF = re.compile(  # how many gave an answer: `pct_positive`, `yes_votes`
    r"^(pct|perc|percent|percentage|share|prop|proportion|fraction|frac|ratio|rate|n|num|number|count|votes?|anteil|anzahl)_(of_|for_)?(?P<label>.+)$"
    r"|^(?P<same>.+)_(pct|perc|percent|percentage|share|prop|proportion|fraction|frac|ratio|count|votes?|anteil|anzahl)$"
)
BARE_TIME = re.compile(
    r"^(seconds|secs|lead_time|time_spent|time_taken|bearbeitungszeit|rt)(_s|_sec|_seconds)?$"
    r"|(handle|handling|response|reaction|answer|work|review|annotation|label+ing|decision|human)_?(time|seconds|secs|duration|dauer)"
)
WHO = (
    r"(agent|actor|annotator|rater|reader|worker|coder|user|label+er|reviewer|judge|observer|grader|evaluator|examiner|inspector|appraiser|assignee"
    r"|participant|respondent|assessor|moderator|analyst|operator|physician|radiologist|expert|author|who|employee|person|model|system"
    r"|pr(ü|ue)fer|bearbeiter|gutachter|bewerter|mitarbeiter|sachbearbeiter|annotateur|(é|e)valuateur|utilisateur|relecteur|anotador|evaluador|avaliador|revisora?|perito"
    r"|revisor|usuario|valutatore|annotatore|revisore|beoordelaar|medewerker)"
)
AGENT = re.compile(
    rf"^{WHO}(in)?(_?(id|name|email|login|nr))?$|^(\w+_)?(handled|assigned|answered|completed|annotated|label+ed|reviewed|rated|coded|created"
    r"|decided|judged|done|graded)_(by|to)(_(id|name|email))?$"
)
# who is judged, beside a JUDGE
JUDGED = re.compile(r"^(agent|operator|employee|mitarbeiter(in)?|user)(_?(id|name|email))?$")
JUDGE = re.compile(
    r"^(evaluator|reviewer|auditor|assessor|grader|examiner|rater|annotator|qa_(reviewer|analyst))(_?(id|name|email))?$"
)
A_WHO = re.compile(rf"^{WHO}(in)?_(?=.)")
AGENT_LIKE = re.compile(
    rf"(^|_)({WHO}(in)?|e_?mail|correo|courriel)(_|$)|^((your|full|ihr|votre|tu)_)?(name|nombre|nom|nome)$"
)
ANSWER = re.compile(
    r"^((their|your|user|annotator|human|assigned|chosen|given|annotated|selected)_)?(answer|label|response|annotation|rating|choice|verdict|vote"
    r"|decision|class|category|value|judge?ment|diagnosis|grade|prediction|output|tag|sentiment|code"
    r"|result|ergebnis|antwort|urteil|bewertung|entscheidung|klasse|kategorie|einstufung|r(é|e)ponse|d(é|e)cision|(é|e)tiquette|cat(é|e)gorie|respuesta|resposta"
    r"|decisi(ó|o)n|etiqueta|categor(í|i)a|r(é|e)sultat|resultado|risultato|risposta|decisione|etichetta|antwoord|oordeel)s?(_(given|chosen))?$"
)
ANSWER_LIKE = re.compile(
    r"(^|_)(answer|label|response|annotation|rating|choice|verdict|vote|decision|class|category|judge?ment|diagnosis|grade|prediction|output|tag"
    r"|action|finding|winner|resposta|antwort|urteil|r(é|e)ponse|respuesta|risposta)(_|$)"
)
UNITS = {  # a word of a name -> seconds
    **dict.fromkeys(("ms", "msec", "msecs", "millis", "milliseconds", "millisecond", "millisekunden"), 1e-3),
    **dict.fromkeys(
        ("s", "sec", "secs", "seconds", "second", "sekunden", "sek", "secondes", "segundos", "secondi"), 1.0
    ),
    **dict.fromkeys(("min", "mins", "minutes", "minute", "minuten", "minutos", "minuti"), 60.0),
    **dict.fromkeys(("hours", "hrs", "stunden", "heures", "horas"), 3600.0),
}
LASTS = re.compile(  # a name without a unit that says how long something took
    r"(^|_)(duration|dur|dauer|bearbeitungsdauer|bearbeitungszeit|zeit|lead_time|leadtime|(handle|handling|response|reaction|answer|work|review"
    r"|annotation|label+ing|processing|decision)_time|time_(taken|spent|needed|on_task)|elapsed|rt|latency|worktime|dur(é|e)e|duraci(ó|o)n"
    r"|durata|tiempo|temps|tempo)(_|$)|^time$"
)
SHORT = ("s", "min")  # these are units only beside another word: `time_s`, `handle_time_min`
STARTED = re.compile(
    r"(^|_)(start(ed)?|accept(ed)?|opened|begin|began|begun|shown|beginn|d(é|e)but|inicio|inizio|startdate|startzeit)"
    r"(_(at|time|date|on|ts|timestamp))?$"
)
FINISHED = re.compile(
    r"(^|_)(finish(ed)?|end(ed)?|submit(ted)?|submission|complet(ed|ion)|answered|decided|closed|done|ende|fin|fine|enddate|submitdate"
    r"|endzeit|fertigstellung(szeit)?|finalizaci(ó|o)n|ach(è|e)vement|completamento)(_(at|time|date|on|ts|timestamp))?$"
)
TIMESTAMP = re.compile(
    r"^(timestamp|zeitstempel|horodateur|horodatage|marca_temporal|informazioni_cronologiche|tijdstempel)$"
)
BARE_ID = re.compile(r"^(id|key|no|nr|num|number|nummer|index)$")
CONFIDENCE = re.compile(
    r"^(confidence|conf|wahrscheinlichkeit|probabilit(é|à)|probabilidad|certainty|sureness|sure|score|prob|proba|probability|sicherheit|konfidenz|confiance|confianza|confian(ç|c)a|confidenza|fiducia)"
    r"(_(score|level|pct|percent|in_percent))?$"
)
PROBABILITY = re.compile(r"^(p|prob|proba|probability|probabilities|score|conf|confidence)_+(?P<label>.+)$")
IN_TURN = re.compile(  # which of several answers it is, or when
    r"(^|_)(version|revision|round|attempt|pass|trial|iteration|wave|order|nth|number|no|nr|id|at|date|time|timestamp|status"
    r"|state)$"
)
STATUS = re.compile(r"(^|_)(status|state)$")
A_PROBABILITY = r"(p|prob|proba|probability|probabilities|score|softmax|logit)"
OF_WHOM = re.compile(rf"^((?P<who>.+?)_+)?{A_PROBABILITY}_+(?P<label>.+)$")
# within the name of a column that names a label too
BARE_PROBABILITY = re.compile(rf"(^|_){A_PROBABILITY}(?=_|$)")
PLAIN_ROLES = ("parent", "group", "kind", "arrived", "deadline", "stakes")
MACHINE = re.compile(
    r"(model|modell|modelo|mod(è|e)le|bot|machine|gpt|llm|bert|claude|gemini|llama|mistral|net\d*$|resnet|cnn|rnn|lstm|svm|xgb|lgbm|forest|logreg"
    r"|classifier|predict|pr(é|e)dict|predicci(ó|o)n|previsione|vorhersage|prognose|pred(_|$)|algo|auto|baseline|falcon|mixtral|qwen|deepseek|grok|cohere|whisper|palm|openai|anthropic|electra|fasttext|spacy"
    r"|vader|textblob|bayes|regex|heuristic|rules?$|(^|[_ -])(ai|ki|ia|ml|vit)([_ -]|\d|$)|ensemble|transformer)",
    re.I,
)
MACHINE_BEHIND = re.compile(r"[a-zà-ÿ](AI|KI|ML|GPT|LLM)(?![A-Za-z])")  # TriageAI
PERSON = re.compile(
    r"(annot|anotador|rater|reader|person|human|expert|user|worker|coder|review|label+er|doctor|nurse|dr[_. ]|radiolog|student|@|observer"
    r"|judge|giudice|juez|juge|richter|ologist|clinician|surgeon|bearbeiter|mitarbeiter|valutatore|evaluator|beoordelaar|medewerker|perito|relecteur"
    r"|grader|inspector|assessor|participant|pr(ü|ue)fer|gutachter|bewerter|mensch|physician|evaluad|(é|e)valuateur|revisor|analyst)",
    re.I,
)
OF_BOTH = re.compile(r"bert|claude|gemma|vera|alexa|max", re.I)  # people and machines are called so
A_NAME = re.compile(r"[^\W\d_]+([ .'-]+[^\W\d_]+)*\.?")  # letters only, as people are called
GOLD_AGENT = re.compile(  # in the plain form
    r"^(gold|truth|ground_?truth|gt|gold_?standard|reference|golden|adjudicated|adjudication"
    r"|((expert|experts|panel|final|team|group)_)?(consensus|majority|gold)(_(label|vote|answer|decision))?|(final|agreed)_(label|answer|decision)"
    r"|majority_voting|konsens|mehrheit)$"
)
KINDS = {
    **dict.fromkeys(
        (
            "human",
            "person",
            "people",
            "annotator",
            "reviewer",
            "worker",
            "user",
            "expert",
            "manual",
            "mensch",
        ),
        "person",
    ),
    **dict.fromkeys(
        ("machine", "model", "bot", "ai", "llm", "algorithm", "automatic", "auto", "system", "ki", "ml"),
        "machine",
    ),
}
TOTALS = (  # for polars, of a cell in small letters
    r"(((grand|sub|zwischen|sous|tussen)[ -]?)?(total|totals|totale|totaal|sum|summe|gesamt|gesamtsumme|somme|suma|average|mean"
    r"|durchschnitt|mittelwert|moyenne|promedio|media))"
)
TOTAL = rf"^{TOTALS}"
# the whole cell says so, perhaps with a name
A_TOTAL = rf"^{TOTALS}([ :-].*)?$|^.*[ :-]{TOTALS}:?$|^ø([ :].*)?$"
MEASURE = (  # of how annotators agree, or how many rows there are
    r"^((cohen|fleiss|krippendorff)('?s)? )?(kappa|κ|alpha|agreement|accuracy|errors?|error rate|count|median|std|sd|min|max"
    r"|minimum|maximum|precision|recall|f1|übereinstimmung|genauigkeit|fehler|anzahl|accord|exactitude|précision|acuerdo|exactitud"
    r"|% ?(agreement|correct))( ?[:=(].*)?$"
)
# words before and behind an annotator's name in the name of its answers' column
BEFORE = re.compile(
    r"^(label|answer|pred|prediction|predicted|rating|annotation|decision|class|output|verdict)_"
)
BEHIND = re.compile(
    r"_(label|labels|answer|pred|prediction|predicted|rating|annotation|decision|class|output|verdict|vorschlag|result|ergebnis|antwort|urteil"
    r"|kategorie|choice|category)$"
)
BARE = re.compile(  # such a word alone names nobody
    r"label|labels|answer|rating|annotation|decision|class|output|verdict|result|ergebnis|antwort|urteil|kategorie|choice|category"
)


def plain_name(column: str) -> str:
    """The name in small letters with a single `_` between words, wherever the file has spaces, marks or capitals."""
    apart = re.sub(r"(?<=[a-zà-ÿ0-9])(?=[A-ZÀ-Þ][a-zà-ÿ]|[A-Z]{2,}(?![a-z]))", "_", column)
    return re.sub(r"[\W_]+", "_", apart).strip("_").casefold()


def unit_of(column: str) -> float | None:
    """Seconds per unit of a column that says how long an answer took; 0 where it does not say the unit, None where it is none."""
    words = plain_name(column).split("_")
    for word in words:
        if word in UNITS and (word not in SHORT or len(words) > 1):
            return UNITS[word]
    if plain_name(column) in ("worktimeinseconds", "minutes", "minuten"):
        return 1.0 if "sec" in plain_name(column) else 60.0
    return 0.0 if LASTS.search(plain_name(column)) else None


def stem_of(annotator: str) -> str:
    """The annotator's name in the name of its column, in the plain form: `bert` of pred_bert, `human` of human_label."""
    name = plain_name(annotator)
    short = BEHIND.sub("", BEHIND.sub("", name))
    called = (BEFORE.sub("", short), short, BEFORE.sub("", name))
    return next((word for word in called if word and not BARE.fullmatch(word)), name)
