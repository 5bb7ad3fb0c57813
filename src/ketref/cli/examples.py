"""How is each command asked, as its help and its errors show?"""

EXAMPLES = {
    "detect": 'ketref detect ketamine --matrix urine --since "3 days"',
    "effects": "ketref effects Spravato --taken 09:30",
    "cautions": 'ketref cautions ketamine "head injury"',
    "concentration": 'ketref concentration lsd --route oral --dose "100 ug" --since "4 h" --cutoff "0.5 ng/mL"',
    "plot": "ketref plot ketamine",
    "site": "ketref site my-site",
    "answer": "ketref answer --jsonl < questions.jsonl > answers.jsonl",
    "today": "ketref today doses-of-today.csv",
    "history": "ketref history doses.csv --matrix urine",
    "infer": "ketref infer results.csv --doses doses.csv",
    "interpret": 'ketref interpret report.csv --prescribed "oxycodone 10 mg oral QID"',
    "detect-many": "ketref detect-many questions.csv -o answers.csv",
    "effects-many": "ketref effects-many questions.csv -o answers.csv",
    "evaluate": "ketref evaluate doses.csv samples.csv -o answers.csv",
    "warm": "ketref warm",
    "show": "ketref show ketamine",
    "schema": "ketref schema detect.answer",
    "check": "ketref check my-lab",
    "export": "ketref export > rules.json",
    "new": "ketref new my-lab",
    "diff": "ketref diff shipped my-lab",
    "gaps": "ketref gaps my-lab",
    "verify": "ketref verify answer.json",
    "completion": "ketref completion bash > ~/.local/share/bash-completion/completions/ketref",
}
"""An example of each command."""
