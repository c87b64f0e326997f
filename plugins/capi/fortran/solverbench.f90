! solverbench.f90: the C ABI of solverbench plugins for Fortran. Compile it with your solver; solverbench.h says what
! everything means, and this module calls things by the names that they have there.
!
!   gfortran -O2 -fPIC -shared -o mine.so solverbench.f90 mine.f90
!
! A plugin is four functions. Descriptions are built by calls, in this order:
!
!   function describe() bind(c, name='solverbench_describe') result(plugin)
!     type(c_ptr) :: plugin
!     call sb_add_solver('jacobi', 'solverbench.poisson.v1.Task', doc='Jacobi iteration', tags='iterative')
!     call sb_add_option(SB_FLOAT, 'omega', '1', 'damping factor', minimum='0', maximum='2')   ! of the solver before it
!     plugin = sb_plugin('mine', '0.1.0', 'MIT')
!   end function
!
!   integer(c_int) function prepare(run) bind(c, name='solverbench_prepare')
!     type(sb_run), intent(inout) :: run
!     prepare = SB_OK
!   end function
!
!   integer(c_int) function solve(run) bind(c, name='solverbench_solve')
!     type(sb_run), intent(inout) :: run
!     real(c_double), pointer :: f(:, :), u(:, :)
!     call sb_get_array(run, 'rhs', f)              ! not associated if it is absent, or has another rank or type
!     call sb_output(run, 'u', shape(f), u)
!     u = f
!     solve = SB_OK
!   end function
!
!   subroutine close(run) bind(c, name='solverbench_close')
!     type(sb_run), intent(inout) :: run
!   end subroutine
!
! Arrays are in Fortran's order here: the axes of C, turned round, so that f(x, y) is C's f[y][x]. A pointer of rank 1 gets all
! elements of an array of any rank.
!
! SPDX-License-Identifier: Apache-2.0
module solverbench
  use, intrinsic :: iso_c_binding
  implicit none
  private

  ! What an author uses.
  public :: sb_run, sb_add_solver, sb_add_option, sb_plugin
  public :: sb_has, sb_number, sb_integer, sb_text, sb_is, sb_count, sb_shape, sb_get_array
  public :: sb_option_number, sb_option_integer, sb_option_text
  public :: sb_output, sb_want_checkpoint, sb_checkpoint, sb_progress, sb_is_cancelled, sb_oracle, sb_fail
  public :: c_ptr, c_int, c_int32_t, c_int64_t, c_double, c_loc, c_f_pointer, c_null_ptr, c_associated

  integer(c_int), parameter, public :: SB_OK = 0, SB_UNSUPPORTED = 1, SB_FAILED = 2, SB_DIVERGED = 3, SB_INVALID = 4, &
                                       SB_CANCELLED = 5
  integer(c_int32_t), parameter, public :: SB_FLOAT = 1, SB_INT = 2, SB_BOOL = 3, SB_STRING = 4

  ! As in solverbench.h, where the members are documented.
  type, bind(c) :: sb_run
    integer(c_int32_t) :: size, threads
    integer(c_int64_t) :: seed
    type(c_ptr) :: solver, schema
    type(c_ptr) :: state
    integer(c_int64_t) :: iterations
    type(c_ptr) :: message
    integer(c_size_t) :: message_size
    type(c_funptr) :: field, option, output, want_checkpoint, checkpoint, progress, cancelled, oracle
  end type

  integer(c_int32_t), parameter :: abi = 1
  integer(c_int32_t), parameter :: float64 = 1, int32 = 3, int64 = 4
  integer(c_int32_t), parameter :: as_integer = 1, as_number = 2, as_text = 4, as_array = 8, as_list = 16
  integer, parameter :: most_solvers = 32, most_options = 256

  type, bind(c) :: option_type
    integer(c_int32_t) :: size, type
    type(c_ptr) :: name, default_value, minimum, maximum, choices, doc
  end type

  type, bind(c) :: solver_type
    integer(c_int32_t) :: size, parallel
    type(c_ptr) :: name, schema, doc, citation, tags, options
    integer(c_int64_t) :: option_count
  end type

  type, bind(c) :: plugin_type
    integer(c_int32_t) :: abi, size
    type(c_ptr) :: name, version, license, language, solvers
    integer(c_int64_t) :: solver_count
  end type

  type, bind(c) :: array_type
    integer(c_int32_t) :: size, type
    integer(c_int64_t) :: rank
    type(c_ptr) :: shape
    integer(c_int64_t) :: count
    type(c_ptr) :: data
  end type

  type, bind(c) :: value_type
    integer(c_int32_t) :: size, as
    integer(c_int64_t) :: integer
    real(c_double) :: number
    type(c_ptr) :: text
    type(array_type) :: array
  end type

  type(option_type), target, save :: options(most_options)
  type(solver_type), target, save :: solvers(most_solvers)
  type(plugin_type), target, save :: plugin
  integer, save :: option_count = 0, solver_count = 0

  abstract interface
    function look_up(run, path, as) bind(c) result(value)
      import
      type(sb_run), intent(inout) :: run
      character(kind=c_char), intent(in) :: path(*)
      integer(c_int32_t), value :: as
      type(c_ptr) :: value
    end function
    function make_output(run, name, type, rank, shape) bind(c) result(data)
      import
      type(sb_run), intent(inout) :: run
      character(kind=c_char), intent(in) :: name(*)
      integer(c_int32_t), value :: type
      integer(c_int64_t), value :: rank
      integer(c_int64_t), intent(in) :: shape(*)
      type(c_ptr) :: data
    end function
    function ask(run) bind(c) result(answer)
      import
      type(sb_run), intent(inout) :: run
      integer(c_int) :: answer
    end function
    subroutine tell(run) bind(c)
      import
      type(sb_run), intent(inout) :: run
    end subroutine
    subroutine tell_progress(run, fraction, text) bind(c)
      import
      type(sb_run), intent(inout) :: run
      real(c_double), value :: fraction
      character(kind=c_char), intent(in) :: text(*)
    end subroutine
    function evaluate(run, path, scalars, scalar_count, x, batch, result) bind(c) result(rc)
      import
      type(sb_run), intent(inout) :: run
      character(kind=c_char), intent(in) :: path(*)
      real(c_double), intent(in) :: scalars(*), x(*)
      integer(c_int64_t), value :: scalar_count, batch
      real(c_double), intent(out) :: result(*)
      integer(c_int) :: rc
    end function
  end interface

  ! sb_get_array(run, path, a) points a to the elements of an array of the task: float64, or int32 or int64 for pointers of rank 1.
  interface sb_get_array
    module procedure get_1, get_2, get_3, get_4, get_int32, get_int64
  end interface

  ! sb_output(run, name, extents, a) points a to a zeroed array of the solution, with extents in Fortran's order.
  interface sb_output
    module procedure output_1, output_2, output_3, output_4
  end interface

contains

  ! ---- Describing ----

  ! A copy of a text for C, that stays.
  function kept(text) result(p)
    character(len=*), intent(in), optional :: text
    type(c_ptr) :: p
    character(kind=c_char), pointer :: copy(:)
    integer :: i
    p = c_null_ptr
    if (.not. present(text)) return
    allocate (copy(len(text) + 1))
    do i = 1, len(text)
      copy(i) = text(i:i)
    end do
    copy(len(text) + 1) = c_null_char
    p = c_loc(copy(1))
  end function

  subroutine sb_add_solver(name, schema, doc, citation, tags, parallel)
    character(len=*), intent(in) :: name, schema
    character(len=*), intent(in), optional :: doc, citation, tags
    logical, intent(in), optional :: parallel
    if (solver_count == most_solvers) error stop 'sb_add_solver: too many solvers'
    solver_count = solver_count + 1
    associate (s => solvers(solver_count))
      s%size = int(c_sizeof(s), c_int32_t)
      s%parallel = 0
      if (present(parallel)) s%parallel = merge(1, 0, parallel)
      s%name = kept(name)
      s%schema = kept(schema)
      s%doc = kept(doc)
      s%citation = kept(citation)
      s%tags = kept(tags)
      s%options = c_null_ptr
      s%option_count = 0
    end associate
  end subroutine

  ! Declares an option of the solver that was added last.
  subroutine sb_add_option(type, name, default_value, doc, minimum, maximum, choices)
    integer(c_int32_t), intent(in) :: type
    character(len=*), intent(in) :: name, default_value, doc
    character(len=*), intent(in), optional :: minimum, maximum, choices
    if (option_count == most_options) error stop 'sb_add_option: too many options'
    if (solver_count == 0) error stop 'sb_add_option: there is no solver yet'
    option_count = option_count + 1
    associate (s => solvers(solver_count))
      if (s%option_count == 0) s%options = c_loc(options(option_count))
      s%option_count = s%option_count + 1
    end associate
    associate (o => options(option_count))
      o = option_type(int(c_sizeof(o), c_int32_t), type, kept(name), kept(default_value), kept(minimum), kept(maximum), &
                      kept(choices), kept(doc))
    end associate
  end subroutine

  ! The description of all that was added.
  function sb_plugin(name, version, license) result(p)
    character(len=*), intent(in) :: name, version, license
    type(c_ptr) :: p
    plugin = plugin_type(abi, int(c_sizeof(plugin), c_int32_t), kept(name), kept(version), kept(license), kept('fortran'), &
                         c_loc(solvers), int(solver_count, c_int64_t))
    p = c_loc(plugin)
  end function

  ! ---- Reading the task and options ----

  function find(run, f, path, as) result(v)
    type(sb_run), intent(inout) :: run
    type(c_funptr), intent(in) :: f
    character(len=*), intent(in) :: path
    integer(c_int32_t), intent(in) :: as
    type(value_type), pointer :: v
    procedure(look_up), pointer :: look
    type(c_ptr) :: p
    nullify (v)
    call c_f_procpointer(f, look)
    p = look(run, trim(path)//c_null_char, as)
    if (c_associated(p)) call c_f_pointer(p, v)
  end function

  function number_of(v) result(x)
    type(value_type), pointer, intent(in) :: v
    real(c_double) :: x
    x = 0
    if (associated(v)) x = v%number
  end function

  function integer_of(v) result(n)
    type(value_type), pointer, intent(in) :: v
    integer(c_int64_t) :: n
    n = 0
    if (associated(v)) n = v%integer
  end function

  function text_of(v) result(text)
    type(value_type), pointer, intent(in) :: v
    character(len=:), allocatable :: text
    character(kind=c_char), pointer :: c(:)
    integer :: n, i
    text = ''
    if (.not. associated(v)) return
    call c_f_pointer(v%text, c, [huge(0)])
    n = 0
    do while (c(n + 1) /= c_null_char)
      n = n + 1
    end do
    deallocate (text)
    allocate (character(len=n) :: text)
    do i = 1, n
      text(i:i) = c(i)
    end do
  end function

  logical function sb_has(run, path)
    type(sb_run), intent(inout) :: run
    character(len=*), intent(in) :: path
    sb_has = associated(find(run, run%field, path, 0_c_int32_t))
  end function

  real(c_double) function sb_number(run, path)
    type(sb_run), intent(inout) :: run
    character(len=*), intent(in) :: path
    sb_number = number_of(find(run, run%field, path, as_number))
  end function

  integer(c_int64_t) function sb_integer(run, path)
    type(sb_run), intent(inout) :: run
    character(len=*), intent(in) :: path
    sb_integer = integer_of(find(run, run%field, path, as_integer))
  end function

  function sb_text(run, path) result(text)
    type(sb_run), intent(inout) :: run
    character(len=*), intent(in) :: path
    character(len=:), allocatable :: text
    text = text_of(find(run, run%field, path, as_text))
  end function

  logical function sb_is(run, path, text)
    type(sb_run), intent(inout) :: run
    character(len=*), intent(in) :: path, text
    sb_is = sb_text(run, path) == text
  end function

  integer(c_int64_t) function sb_count(run, path)
    type(sb_run), intent(inout) :: run
    character(len=*), intent(in) :: path
    sb_count = integer_of(find(run, run%field, path, as_list))
  end function

  real(c_double) function sb_option_number(run, name)
    type(sb_run), intent(inout) :: run
    character(len=*), intent(in) :: name
    sb_option_number = number_of(find(run, run%option, name, as_number))
  end function

  integer(c_int64_t) function sb_option_integer(run, name)
    type(sb_run), intent(inout) :: run
    character(len=*), intent(in) :: name
    sb_option_integer = integer_of(find(run, run%option, name, as_integer))
  end function

  function sb_option_text(run, name) result(text)
    type(sb_run), intent(inout) :: run
    character(len=*), intent(in) :: name
    character(len=:), allocatable :: text
    text = text_of(find(run, run%option, name, as_text))
  end function

  ! ---- Arrays of the task ----

  ! The extents of an array in Fortran's order; none if it is absent.
  function sb_shape(run, path) result(extents)
    type(sb_run), intent(inout) :: run
    character(len=*), intent(in) :: path
    integer, allocatable :: extents(:)
    type(value_type), pointer :: v
    integer(c_int64_t), pointer :: c(:)
    allocate (extents(0))
    v => find(run, run%field, path, as_array)
    if (.not. associated(v)) return
    if (v%array%rank == 0) return
    call c_f_pointer(v%array%shape, c, [v%array%rank])
    extents = int(c(size(c):1:-1))
  end function

  ! The elements of an array of a type, and its extents as those of a rank; NULL if it has another. Rank 1 takes all.
  subroutine elements(run, path, type, rank, data, extents)
    type(sb_run), intent(inout) :: run
    character(len=*), intent(in) :: path
    integer(c_int32_t), intent(in) :: type
    integer, intent(in) :: rank
    type(c_ptr), intent(out) :: data
    integer(c_int64_t), intent(out) :: extents(rank)
    type(value_type), pointer :: v
    data = c_null_ptr
    extents = 0
    v => find(run, run%field, path, int(ishft(1, 7 + type), c_int32_t))
    if (.not. associated(v)) return
    if (rank == 1) then
      extents(1) = v%array%count
    else if (v%array%rank == rank) then
      extents = sb_shape(run, path)
    else
      return
    end if
    data = v%array%data
  end subroutine

  subroutine get_1(run, path, a)
    type(sb_run), intent(inout) :: run
    character(len=*), intent(in) :: path
    real(c_double), pointer, intent(out) :: a(:)
    type(c_ptr) :: data
    integer(c_int64_t) :: extents(1)
    call elements(run, path, float64, 1, data, extents)
    nullify (a)
    if (c_associated(data)) call c_f_pointer(data, a, extents)
  end subroutine

  subroutine get_2(run, path, a)
    type(sb_run), intent(inout) :: run
    character(len=*), intent(in) :: path
    real(c_double), pointer, intent(out) :: a(:, :)
    type(c_ptr) :: data
    integer(c_int64_t) :: extents(2)
    call elements(run, path, float64, 2, data, extents)
    nullify (a)
    if (c_associated(data)) call c_f_pointer(data, a, extents)
  end subroutine

  subroutine get_3(run, path, a)
    type(sb_run), intent(inout) :: run
    character(len=*), intent(in) :: path
    real(c_double), pointer, intent(out) :: a(:, :, :)
    type(c_ptr) :: data
    integer(c_int64_t) :: extents(3)
    call elements(run, path, float64, 3, data, extents)
    nullify (a)
    if (c_associated(data)) call c_f_pointer(data, a, extents)
  end subroutine

  subroutine get_4(run, path, a)
    type(sb_run), intent(inout) :: run
    character(len=*), intent(in) :: path
    real(c_double), pointer, intent(out) :: a(:, :, :, :)
    type(c_ptr) :: data
    integer(c_int64_t) :: extents(4)
    call elements(run, path, float64, 4, data, extents)
    nullify (a)
    if (c_associated(data)) call c_f_pointer(data, a, extents)
  end subroutine

  subroutine get_int32(run, path, a)
    type(sb_run), intent(inout) :: run
    character(len=*), intent(in) :: path
    integer(c_int32_t), pointer, intent(out) :: a(:)
    type(c_ptr) :: data
    integer(c_int64_t) :: extents(1)
    call elements(run, path, int32, 1, data, extents)
    nullify (a)
    if (c_associated(data)) call c_f_pointer(data, a, extents)
  end subroutine

  subroutine get_int64(run, path, a)
    type(sb_run), intent(inout) :: run
    character(len=*), intent(in) :: path
    integer(c_int64_t), pointer, intent(out) :: a(:)
    type(c_ptr) :: data
    integer(c_int64_t) :: extents(1)
    call elements(run, path, int64, 1, data, extents)
    nullify (a)
    if (c_associated(data)) call c_f_pointer(data, a, extents)
  end subroutine

  ! ---- During a solve ----

  function output_of(run, name, extents) result(data)
    type(sb_run), intent(inout) :: run
    character(len=*), intent(in) :: name
    integer, intent(in) :: extents(:)
    type(c_ptr) :: data
    procedure(make_output), pointer :: make
    call c_f_procpointer(run%output, make)
    data = make(run, trim(name)//c_null_char, float64, size(extents, kind=c_int64_t), int(extents(size(extents):1:-1), c_int64_t))
  end function

  subroutine output_1(run, name, extents, a)
    type(sb_run), intent(inout) :: run
    character(len=*), intent(in) :: name
    integer, intent(in) :: extents(:)
    real(c_double), pointer, intent(out) :: a(:)
    type(c_ptr) :: data
    data = output_of(run, name, extents)
    nullify (a)
    if (c_associated(data)) call c_f_pointer(data, a, [product(int(extents, c_int64_t))])
  end subroutine

  subroutine output_2(run, name, extents, a)
    type(sb_run), intent(inout) :: run
    character(len=*), intent(in) :: name
    integer, intent(in) :: extents(2)
    real(c_double), pointer, intent(out) :: a(:, :)
    type(c_ptr) :: data
    data = output_of(run, name, extents)
    nullify (a)
    if (c_associated(data)) call c_f_pointer(data, a, extents)
  end subroutine

  subroutine output_3(run, name, extents, a)
    type(sb_run), intent(inout) :: run
    character(len=*), intent(in) :: name
    integer, intent(in) :: extents(3)
    real(c_double), pointer, intent(out) :: a(:, :, :)
    type(c_ptr) :: data
    data = output_of(run, name, extents)
    nullify (a)
    if (c_associated(data)) call c_f_pointer(data, a, extents)
  end subroutine

  subroutine output_4(run, name, extents, a)
    type(sb_run), intent(inout) :: run
    character(len=*), intent(in) :: name
    integer, intent(in) :: extents(4)
    real(c_double), pointer, intent(out) :: a(:, :, :, :)
    type(c_ptr) :: data
    data = output_of(run, name, extents)
    nullify (a)
    if (c_associated(data)) call c_f_pointer(data, a, extents)
  end subroutine

  logical function sb_want_checkpoint(run)
    type(sb_run), intent(inout) :: run
    procedure(ask), pointer :: want
    call c_f_procpointer(run%want_checkpoint, want)
    sb_want_checkpoint = want(run) /= 0
  end function

  subroutine sb_checkpoint(run)
    type(sb_run), intent(inout) :: run
    procedure(tell), pointer :: checkpoint
    call c_f_procpointer(run%checkpoint, checkpoint)
    call checkpoint(run)
  end subroutine

  subroutine sb_progress(run, fraction, text)
    type(sb_run), intent(inout) :: run
    real(c_double), intent(in) :: fraction
    character(len=*), intent(in) :: text
    procedure(tell_progress), pointer :: progress
    call c_f_procpointer(run%progress, progress)
    call progress(run, fraction, text//c_null_char)
  end subroutine

  ! sb_cancelled of solverbench.h, a name that SB_CANCELLED has here.
  logical function sb_is_cancelled(run)
    type(sb_run), intent(inout) :: run
    procedure(ask), pointer :: cancelled
    call c_f_procpointer(run%cancelled, cancelled)
    sb_is_cancelled = cancelled(run) /= 0
  end function

  ! Evaluates an oracle on a batch of entries of x.
  integer(c_int) function sb_oracle(run, path, scalars, x, batch, result)
    type(sb_run), intent(inout) :: run
    character(len=*), intent(in) :: path
    real(c_double), intent(in) :: scalars(:), x(*)
    integer, intent(in) :: batch
    real(c_double), intent(out) :: result(*)
    procedure(evaluate), pointer :: oracle
    call c_f_procpointer(run%oracle, oracle)
    sb_oracle = oracle(run, trim(path)//c_null_char, scalars, size(scalars, kind=c_int64_t), x, int(batch, c_int64_t), result)
  end function

  ! Says why, and returns the kind: solve = sb_fail(run, SB_DIVERGED, 'why')
  integer(c_int) function sb_fail(run, kind, text)
    type(sb_run), intent(inout) :: run
    integer(c_int), intent(in) :: kind
    character(len=*), intent(in) :: text
    character(kind=c_char), pointer :: message(:)
    integer :: i, n
    call c_f_pointer(run%message, message, [run%message_size])
    n = min(len_trim(text), int(run%message_size) - 1)
    do i = 1, n
      message(i) = text(i:i)
    end do
    message(n + 1) = c_null_char
    sb_fail = kind
  end function
end module
