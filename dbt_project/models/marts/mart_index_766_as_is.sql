{{ index_766_scores(is_as_is=true) }}
