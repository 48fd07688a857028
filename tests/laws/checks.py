"""Names of checks of scikit-learn that the tests of more than one kind use."""

#: Checks that need no data, or raise before they look at it: scikit-learn leaves out
#: all checks where the input is not a table of numbers.
WITHOUT_DATA = [
    "check_do_not_raise_errors_in_init_or_set_params",
    "check_estimator_repr",
    "check_estimator_tags_renamed",
    "check_get_params_invariance",
    "check_mixin_order",
    "check_no_attributes_set_in_init",
    "check_param_validation",
    "check_parameters_default_constructible",
    "check_set_params",
    "check_valid_tag_types",
]
