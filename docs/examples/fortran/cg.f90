! Conjugate gradients for the discrete Poisson equation on a rectangle, u = 0 on its sides.
module cg
  use solverbench
  implicit none

  ! What is kept between solves.
  type :: state
    integer :: nx, ny
    real(c_double) :: ax, ay, tolerance
    integer(c_int64_t) :: steps
    real(c_double), allocatable :: p(:, :)                   ! search direction, in a frame of zeros
    real(c_double), allocatable :: r(:, :), q(:, :)          ! residual, A p
  end type

contains

  function describe() bind(c, name='solverbench_describe') result(plugin)
    type(c_ptr) :: plugin
    call sb_add_solver('cg', 'solverbench.poisson.v1.Task', doc='Conjugate gradients.', tags='iterative, krylov', &
                       citation='Hestenes & Stiefel (1952), J. Res. Nat. Bur. Stand. 49, 409')
    call sb_add_option(SB_INT, 'steps', '100000', 'most steps of a solve', minimum='1')
    plugin = sb_plugin('example-fortran', '0.1.0', 'Apache-2.0')
  end function

  ! Whether u = 0 on both sides of an axis ('0' or '1'), and the coefficient is constant.
  logical function simple(run, axis)
    type(sb_run), intent(inout) :: run
    character(len=*), intent(in) :: axis
    simple = .false.
    if (.not. sb_is(run, 'axes.'//axis//'.lower_boundary', 'BOUNDARY_DIRICHLET')) return
    if (.not. sb_is(run, 'axes.'//axis//'.upper_boundary', 'BOUNDARY_DIRICHLET')) return
    if (sb_has(run, 'axes.'//axis//'.lower_values')) return
    if (sb_has(run, 'axes.'//axis//'.upper_values')) return
    simple = .not. sb_has(run, 'axes.'//axis//'.face_coefficients')
  end function

  ! K/h² of an axis.
  real(c_double) function scaled(run, axis)
    type(sb_run), intent(inout) :: run
    character(len=*), intent(in) :: axis
    real(c_double) :: length
    length = sb_number(run, 'axes.'//axis//'.upper') - sb_number(run, 'axes.'//axis//'.lower')
    scaled = sb_number(run, 'axes.'//axis//'.coefficient')
    if (.not. abs(scaled) > 0) scaled = 1   ! 0 means 1
    scaled = scaled * ((sb_number(run, 'axes.'//axis//'.points') + 1) / length)**2
  end function

  integer(c_int) function prepare(run) bind(c, name='solverbench_prepare')
    type(sb_run), intent(inout) :: run
    type(state), pointer :: s
    prepare = sb_fail(run, SB_UNSUPPORTED, 'expected a discrete problem on a plane, u = 0 on its sides, with constant coefficients')
    if (.not. sb_is(run, 'kind', 'KIND_DISCRETE')) return
    if (sb_count(run, 'axes') /= 2) return
    if (abs(sb_number(run, 'cross_coefficient')) > 0) return
    if (.not. simple(run, '0')) return
    if (.not. simple(run, '1')) return
    allocate (s)
    run%state = c_loc(s)
    s%ny = int(sb_integer(run, 'axes.0.points'))   ! the slowest axis comes first in the task, and last in Fortran's arrays
    s%nx = int(sb_integer(run, 'axes.1.points'))
    s%ay = scaled(run, '0')
    s%ax = scaled(run, '1')
    s%tolerance = sb_number(run, 'tolerance')
    s%steps = sb_option_integer(run, 'steps')
    allocate (s%p(0:s%nx + 1, 0:s%ny + 1), s%r(s%nx, s%ny), s%q(s%nx, s%ny))
    prepare = SB_OK
  end function

  integer(c_int) function solve(run) bind(c, name='solverbench_solve')
    type(sb_run), intent(inout) :: run
    type(state), pointer :: s
    real(c_double), pointer :: f(:, :), u(:, :)
    real(c_double) :: rr, before, ff, alpha
    call c_f_pointer(run%state, s)
    call sb_get_array(run, 'rhs', f)
    if (.not. associated(f)) then
      solve = sb_fail(run, SB_FAILED, 'rhs is no array of two axes')
      return
    end if
    call sb_output(run, 'u', [s%nx, s%ny], u)   ! zeros, the first guess
    s%r = f
    s%p = 0
    s%p(1:s%nx, 1:s%ny) = f
    ff = sum(f**2)
    rr = ff
    do while (.not. rr <= 0.25_c_double * s%tolerance**2 * ff .and. run%iterations < s%steps)   ! NaN goes on, and is found
      associate (p => s%p(1:s%nx, 1:s%ny))
        s%q = s%ax * (2 * p - s%p(0:s%nx - 1, 1:s%ny) - s%p(2:s%nx + 1, 1:s%ny)) + &
              s%ay * (2 * p - s%p(1:s%nx, 0:s%ny - 1) - s%p(1:s%nx, 2:s%ny + 1))
        alpha = rr / sum(p * s%q)
        u = u + alpha * p
        s%r = s%r - alpha * s%q
        before = rr
        rr = sum(s%r**2)
        p = s%r + (rr / before) * p
      end associate
      run%iterations = run%iterations + 1
      if (.not. rr < huge(rr)) then
        solve = sb_fail(run, SB_DIVERGED, 'the residual is not finite')
        return
      end if
      if (sb_is_cancelled(run)) then
        solve = SB_CANCELLED
        return
      end if
      if (sb_want_checkpoint(run)) call sb_checkpoint(run)
    end do
    solve = SB_OK
  end function

  subroutine finish(run) bind(c, name='solverbench_close')
    type(sb_run), intent(inout) :: run
    type(state), pointer :: s
    if (.not. c_associated(run%state)) return
    call c_f_pointer(run%state, s)
    deallocate (s)
  end subroutine
end module
