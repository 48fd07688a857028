"""What the parameters of an estimator ask for: the recipe of a model, and facts."""

from __future__ import annotations

from typing import Any

from sk_keras._estimators.inputs.checked_rows import CheckedRows
from sk_keras._estimators.model.compiling import compile_spec
from sk_keras._estimators.model.facts import data_facts, plain_facts, with_quantiles
from sk_keras._estimators.model.ready_losses import n_quantiles
from sk_keras._estimators.model.recipe import Recipe
from sk_keras._estimators.model.vocabulary import learned_sizes
from sk_keras._estimators.parameters.builder_arguments import builder_kwargs
from sk_keras._estimators.parameters.builders import is_ready
from sk_keras._estimators.targets.base import Targets
from sk_keras._shared.routing.same_value import same_value
from sk_keras._shared.routing.signatures import argument_names


def facts_for(estimator: Any, first: CheckedRows, targets: Targets) -> dict[str, Any]:
    """Gather the facts about data for a builder, which may ask for costly ones.

    Whether floats are whole is looked at for builders of a user's own alone: the ready
    ones want integers where these are words.
    """
    builder = estimator._resolve(estimator.model, vars(estimator).get("build_fn"))
    asks = "vocabulary_size" in argument_names(builder)[0]
    n_features, whole = estimator.n_features_in_, asks and not is_ready(builder)
    return data_facts(first, targets, n_features, whole_floats=whole)


def asked_for(estimator: Any) -> Recipe:
    """Read the parameters that decide on the model and its compilation.

    Parameters
    ----------
    estimator : BaseKerasEstimator
        Knows the facts about its data.
    """
    builder = estimator._resolve(estimator.model, vars(estimator).get("build_fn"))
    estimator._check_names(estimator._routed, builder)
    own = estimator._own_params()
    defaults = estimator._constructor_defaults()
    untouched = {name for name in own if same_value(own[name], defaults[name])}
    given = {k: v for k, v in estimator._told().items() if k not in own}
    spec = compile_spec(own, estimator._all_routed(), untouched)
    meta = dict(estimator._meta)
    several = n_quantiles(spec.loss, spec.routed["loss"])
    meta["n_outputs_"] = with_quantiles(meta["n_outputs_"], several)
    kwargs = builder_kwargs(
        builder,
        given=given,
        facts=plain_facts(meta),
        always={"meta": meta, "params": estimator.get_params()},
        own=own,
        untouched=untouched,
    )
    from sk_keras._shared.keras_objects.precision import policy_name

    names, sizes = argument_names(builder)[0], meta.get("vocabulary_size_")
    return Recipe(
        builder,
        kwargs,
        spec,
        estimator.custom_objects or {},
        estimator.trainable,
        vocabulary=learned_sizes(names, {**own, **given}, sizes),
        policy=policy_name(),
    )
